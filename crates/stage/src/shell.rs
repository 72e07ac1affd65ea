//! Which shell an instruction is given to, and so which language its text is in.

use ::shell::{Dialect, ShellOptions};
use syntax::{Parse, ShellText, ShellTextKind, Statement, SyntaxError};

use crate::{Base, Stage, StageGraph};

/// The program that commands in shell form are given to (Dockerfile reference, "SHELL").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shell {
    /// The program and its arguments; the command is added as the last one.
    pub argv: Vec<String>,
}

impl Default for Shell {
    fn default() -> Self {
        Self::of(&["/bin/sh", "-c"])
    }
}

impl Shell {
    fn of(argv: &[&str]) -> Self {
        Self { argv: argv.iter().map(|word| (*word).to_owned()).collect() }
    }

    /// The language it understands.
    pub fn dialect(&self) -> Dialect {
        self.argv.first().map_or(Dialect::Other, |program| Dialect::of_program(program))
    }

    /// The settings it is started with.
    pub fn options(&self) -> ShellOptions {
        ShellOptions::of_arguments(self.argv.iter().skip(1).map(String::as_str))
    }

    /// The language of a text, and the settings that its shell is started with. The first line `#!…` of a heredoc
    /// decides for it, and a list of arguments is for no shell.
    pub fn language_of(&self, text: &ShellText) -> (Dialect, ShellOptions) {
        if text.kind == ShellTextKind::Exec {
            return (Dialect::Posix, ShellOptions::default());
        }
        let line = text.text.lines().next().unwrap_or("");
        match Dialect::of_shebang(line).filter(|_| text.kind == ShellTextKind::Script) {
            Some(dialect) => (dialect, ShellOptions::of_arguments(line.split_whitespace().skip(1))),
            None => (self.dialect(), self.options()),
        }
    }
}

/// The shells of a file.
#[derive(Debug, Clone)]
pub struct Shells {
    /// Which of `shells` an instruction is given to.
    index: Vec<usize>,
    shells: Vec<Shell>,
}

impl Shells {
    /// Follows SHELL through the stages. `statements` has one entry for each of `Parse::instructions()`.
    pub fn new(
        parse: &Parse,
        statements: &[Result<Statement, Vec<SyntaxError>>],
        graph: &StageGraph,
    ) -> Self {
        let mut all = Self { index: vec![0; statements.len()], shells: vec![Shell::default()] };
        let mut ends: Vec<usize> = Vec::with_capacity(graph.stages.len());
        for stage in &graph.stages {
            let mut current = match stage.base {
                Base::Stage(parent) => ends.get(parent).copied().unwrap_or(0),
                _ if is_windows(parse, stage) => all.add(Shell::of(&["cmd", "/S", "/C"])),
                _ => 0,
            };
            for at in &stage.instructions {
                all.index[*at] = current;
                if let Some(Ok(Statement::Shell(words))) = statements.get(*at) {
                    current = all.add(Shell { argv: words.iter().map(|word| word.value.clone()).collect() });
                }
            }
            ends.push(current);
        }
        all
    }

    /// The shell of the instruction `at` of `Parse::instructions()`.
    pub fn at(&self, at: usize) -> &Shell {
        &self.shells[self.index.get(at).copied().unwrap_or(0)]
    }

    fn add(&mut self, shell: Shell) -> usize {
        self.shells.push(shell);
        self.shells.len() - 1
    }
}

/// Whether a stage is built on Windows, as far as the file tells: by the platform, by the name of the image, or by the
/// escape character that is chosen because of paths there.
fn is_windows(parse: &Parse, stage: &Stage) -> bool {
    let name = match &stage.base {
        Base::Image { text, .. } => text,
        Base::Unknown { written, .. } => written,
        _ => "",
    };
    let known = ["windowsservercore", "nanoserver"];
    let name = name.to_ascii_lowercase();
    let platform = stage.platform.as_ref().and_then(|platform| platform.known()).unwrap_or("");
    parse.escape() == '`'
        || platform.starts_with("windows")
        || known.iter().any(|part| name.contains(part))
        || name.split(['/', ':', '-', '.', '_']).any(|word| word == "windows")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;

    /// Language, and whether `-e` and `pipefail` are on, of each RUN.
    fn check(text: &str, expect: &[(Dialect, bool, bool)]) {
        let parse = syntax::parse(text);
        let statements: Vec<_> = parse.instructions().map(|item| item.statement(&parse)).collect();
        let graph = StageGraph::with_statements(&parse, &statements, &Options::default());
        let shells = Shells::new(&parse, &statements, &graph);
        let runs = parse.instructions().enumerate().filter(|(_, item)| item.kind == syntax::Keyword::Run);
        let found = runs.map(|(at, item)| {
            let text = item.shell_text(&parse).expect(text);
            let (dialect, options) = shells.at(at).language_of(&text);
            (dialect, options.errexit, options.pipefail)
        });
        assert_eq!(found.collect::<Vec<_>>(), expect, "{text}");
    }

    #[test]
    fn the_shell_of_a_stage_is_inherited() {
        check("FROM a\nRUN b", &[(Dialect::Posix, false, false)]);
        check(
            "FROM a AS x\nRUN b\nSHELL [\"/bin/bash\", \"-euxo\", \"pipefail\", \"-c\"]\nRUN c\nFROM x\nRUN d\nFROM a\nRUN e",
            &[
                (Dialect::Posix, false, false),
                (Dialect::Bash, true, true),
                (Dialect::Bash, true, true),
                (Dialect::Posix, false, false),
            ],
        );
        check("FROM a\nSHELL [\"pwsh\", \"-c\"]\nRUN b", &[(Dialect::PowerShell, false, false)]);
    }

    #[test]
    fn the_first_line_of_a_script_counts_before_the_shell() {
        check("FROM a\nRUN <<EOF\n#!/bin/bash -e\nb\nEOF", &[(Dialect::Bash, true, false)]);
        check("FROM a\nRUN <<EOF\n#!/usr/bin/env python3\nb\nEOF", &[(Dialect::Other, false, false)]);
        check(
            "FROM a\nSHELL [\"bash\", \"-ec\"]\nRUN <<EOF\nb\nEOF\nRUN [\"b\"]\nRUN #!/bin/sh",
            &[(Dialect::Bash, true, false), (Dialect::Posix, false, false), (Dialect::Bash, true, false)],
        );
    }

    #[test]
    fn windows_has_another_shell() {
        let cmd = &[(Dialect::Cmd, false, false)];
        check("FROM mcr.microsoft.com/windows/servercore:ltsc2022\nRUN b", cmd);
        check("# escape=`\nFROM a\nRUN b", cmd);
        check("FROM --platform=windows/amd64 a\nRUN b", cmd);
        check("ARG T\nFROM golang:$T-nanoserver\nRUN b", cmd);
    }
}
