//! What `squeeze_shell` makes of a command is the same command to real shells: they parse both forms, without
//! running them, and have to agree.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failed helper fails the test, and what is skipped is told"
)]

mod common;

use std::path::Path;
use std::process::Command;

use common::{Material, files};
use cooper_syntax::{Form, Statement, parse, squeeze_shell};

/// Pieces that mean something to a shell, in any order.
const PIECES: &[&str] = &[
    "echo",
    "  ",
    "  ",
    "  ",
    " ",
    "\t",
    "'a  b'",
    "\"",
    "'",
    "$(",
    ")",
    "(",
    "${x:-",
    "${x#",
    "}",
    "\\",
    "`",
    "#",
    "; ",
    "&& ",
    "||",
    "case x in",
    "esac",
    "a)",
    "$'",
    "$((",
    "))",
    "=~",
    "[[ ",
    "]]",
    "x=(",
    "@(",
    "<(",
    "<<<",
    ">f",
    "if ",
    "then",
    "fi",
    "{ ",
    "[",
    "]",
    "$",
    "$x",
    "!",
    "f()",
    "é",
];

#[test]
fn made_up_commands_stay_the_same() {
    let Some(shells) = Shells::find("made_up_commands_stay_the_same") else { return };
    let mut state = 88_172_645_463_325_252_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % 1_000_003).unwrap() % below
    };
    let (mut changed, mut parsed) = (0, 0);
    while changed < 400 {
        let length = 3 + next(14);
        let text: String = (0..length).map(|_| PIECES[next(PIECES.len())]).collect();
        if squeeze_shell(&text) != text {
            changed += 1;
            parsed += usize::from(shells.agree(&text));
        }
    }
    assert!(parsed > 50, "only {parsed} of {changed} commands could be parsed");
}

#[test]
fn commands_of_the_corpus_stay_the_same() {
    let test = "commands_of_the_corpus_stay_the_same";
    let Some(material) = Material::open("corpus/dockerfiles.tar.xz", "shells") else { return };
    let Some(shells) = Shells::find(test) else { return };
    let commands = files(material.path()).into_iter().flat_map(|path| commands(&path));
    let changed: Vec<String> = commands.filter(|text| squeeze_shell(text) != *text).collect();
    // Every one of them takes a minute; which ones are taken does not depend on chance.
    let sample = changed.iter().step_by(20);
    let (count, parsed) = (sample.len(), sample.filter(|text| shells.agree(text)).count());
    println!("{} commands change, {parsed} of a sample of {count} are parsed and the same", changed.len());
    assert!(parsed * 10 > count * 9, "only {parsed} of {count} can be parsed");
}

/// The commands of RUN in a file that have no heredoc.
fn commands(path: &Path) -> Vec<String> {
    let parse = parse(&String::from_utf8_lossy(&std::fs::read(path).unwrap()));
    let command = |statement| match statement {
        Statement::Run(run) if run.heredocs.is_empty() => match run.form {
            Form::Shell(text) => Some(text.value),
            Form::Json(_) => None,
        },
        _ => None,
    };
    let statements = parse.instructions().filter_map(|item| item.statement(&parse).ok());
    if parse.escape() == '\\' { statements.filter_map(command).collect() } else { Vec::new() }
}

/// A directory for the scripts, where bash can print what it has parsed.
struct Shells(tempfile::TempDir);

impl Shells {
    fn find(test: &str) -> Option<Self> {
        let shells = Self(tempfile::tempdir().unwrap());
        if shells.printed("echo  a").as_deref() == Some("echo a\n") {
            return Some(shells);
        }
        println!("NOT RUN: {test}: there is no bash that knows `--pretty-print`");
        None
    }

    /// The command as bash prints it after parsing, without running it; `None` when it cannot be parsed.
    fn printed(&self, command: &str) -> Option<String> {
        let script = self.0.path().join("script");
        std::fs::write(&script, command).unwrap();
        let run =
            Command::new("bash").args(["--pretty-print", "-O", "extglob"]).arg(&script).output().ok()?;
        run.status.success().then(|| String::from_utf8_lossy(&run.stdout).trim_end().to_owned() + "\n")
    }

    /// Whether `sh` can parse a command.
    fn parses(&self, command: &str) -> bool {
        let script = self.0.path().join("script");
        std::fs::write(&script, command).unwrap();
        Command::new("sh").arg("-n").arg(&script).output().unwrap().status.success()
    }

    /// Compares a command with its other form; whether bash can parse it.
    fn agree(&self, command: &str) -> bool {
        let squeezed = squeeze_shell(command);
        let printed = self.printed(command);
        assert_eq!(self.printed(&squeezed), printed, "{command:?} {squeezed:?}");
        assert_eq!(self.parses(&squeezed), self.parses(command), "{command:?} {squeezed:?}");
        printed.is_some()
    }
}
