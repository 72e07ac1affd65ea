//! # expansion-in-single-quotes
//!
//! ## What it does
//! Finds `$name`, `$(…)` and backquotes in single quotes, where the shell leaves them as they are. Nothing is found
//! where the text is a program for something else (awk, perl, `sh -c` …). Where it is written to a file, the `$` is
//! mostly meant for whoever reads it, and the finding is one of style.
//!
//! ## Why
//! Single quotes instead of double ones are a frequent slip: the command gets the text `$VERSION` and not the
//! version.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! ARG VERSION
//! RUN curl -fsSLO 'https://example.com/tool-$VERSION.tar.gz'
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! ARG VERSION
//! RUN echo "$VERSION" > /version && awk '{ print $1 }' /version
//! USER 1000
//! ```

use facts::Severity;
use shell::{Assignment, Command, Invocation, Kind, Node, Redirect};

use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO903",
    name: "expansion-in-single-quotes",
    aliases: &["SC2016"],
    severity: Severity::Info,
    summary: "`$` in single quotes stays as it is",
    enabled: true,
    check: Check::Node(&[Kind::SingleQuoted], check),
    source: include_str!("expansion_in_single_quotes.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let text = node.text();
    let Some(around) = node.enclosing(|kind| matches!(kind, Kind::Simple | Kind::Assignment)) else { return };
    if !looks_expanded(text.as_bytes()) || is_program(around, text) {
        return;
    }
    let draft = sink
        .report(view.place(node), "nothing is expanded in single quotes")
        .help("put it in double quotes, or say `\\$` in them where the sign itself is meant");
    if is_written(around) || is_sed(around) {
        draft.severity(Severity::Style);
    }
}

/// Whether a text has what the shell would replace in double quotes.
fn looks_expanded(text: &[u8]) -> bool {
    let begins = |next: &u8| next.is_ascii_alphanumeric() || matches!(next, b'_' | b'{' | b'(');
    let dollar = text.windows(2).any(|pair| pair[0] == b'$' && begins(&pair[1]));
    let mut quotes = text.iter().enumerate().filter(|(_, byte)| **byte == b'`').map(|(at, _)| at);
    let paired = quotes.next().zip(quotes.next()).is_some_and(|(first, second)| second > first + 1);
    dollar || paired
}

/// Programs whose arguments are programs or patterns in which `$` has a meaning of its own.
const PROGRAMS: &[&str] = &[
    "alias",
    "ash",
    "awk",
    "bash",
    "busybox",
    "dash",
    "docker",
    "dpkg-query",
    "envsubst",
    "eval",
    "fish",
    "gawk",
    "jq",
    "ksh",
    "mawk",
    "mysql",
    "node",
    "oc",
    "perl",
    "php",
    "podman",
    "psql",
    "pwsh",
    "python",
    "python2",
    "python3",
    "rename",
    "rg",
    "rpm",
    "ruby",
    "runuser",
    "sh",
    "ssh",
    "su",
    "trap",
    "unset",
    "watch",
    "xprop",
    "yq",
    "zsh",
];
/// Variables whose values are read by the shell later on.
const LATER: &[&str] = &["PROMPT_COMMAND", "PS1", "PS2", "PS3", "PS4"];

/// Whether a text in quotes is for something that reads `$` in its own way.
fn is_program(around: Node<'_>, text: &str) -> bool {
    if let Some(assignment) = Assignment::cast(around) {
        return assignment.name().is_some_and(|name| LATER.contains(&name.text()));
    }
    let Some(command) = Command::cast(around) else { return false };
    let invocation = Invocation::new(command);
    let script = |word: &str| matches!(word, "sh" | "bash" | "-exec");
    let last_line = invocation.name() == "sed" && has_sed_address(text.as_bytes());
    let filter = invocation.args().iter().any(|arg| matches!(arg.text.as_ref(), "filter-branch" | "%XCMD"));
    last_line
        || filter && matches!(invocation.name(), "git" | "mumps")
        || PROGRAMS.contains(&invocation.name())
        || invocation.args().iter().any(|arg| script(&arg.text))
}

fn is_sed(around: Node<'_>) -> bool {
    Command::cast(around).is_some_and(|command| Invocation::new(command).name() == "sed")
}

/// Whether `$` stands for the last line in a script of sed: before a command of one letter.
fn has_sed_address(text: &[u8]) -> bool {
    text.windows(3).any(|bytes| {
        bytes[0] == b'$'
            && matches!(bytes[1], b'{' | b'd' | b'p' | b's' | b'a' | b'i' | b'c')
            && !bytes[2].is_ascii_alphabetic()
    })
}

/// Whether the output of a command gets to a file or another command.
fn is_written(command: Node<'_>) -> bool {
    let piped = Command::cast(command).and_then(Command::output).is_some();
    let around = std::iter::once(command).chain(command.ancestors());
    piped || around.into_iter().any(|node| node.children().filter_map(Redirect::cast).any(Redirect::writes))
}
