//! # odd-command-name
//!
//! ## What it does
//! Finds commands whose name is empty, an option, a pattern, a directory, or ends in a sign; output of a command that
//! is run as one; `> 1`, which makes a file called `1`; and `$10`, which is `$1` and a zero.
//!
//! ## Why
//! A quote or a line end is missing, or one too many is there. `if $(command)` runs what the command prints.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN if $(test -e /opt); then ls /opt; fi
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN if test -e /opt; then ls /opt; fi
//! USER 1000
//! ```

use facts::Severity;
use shell::{Command, Kind, Node, Redirect, Word};

use crate::script::ScriptView;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO969",
    name: "odd-command-name",
    aliases: &[
        "SC2210", "SC2211", "SC2215", "SC2286", "SC2287", "SC2288", "SC2091", "SC2092", "SC2084", "SC1037",
    ],
    severity: Severity::Warning,
    summary: "what is run is hardly meant as a command",
    enabled: true,
    check: Check::Node(&[Kind::Simple, Kind::Redirect, Kind::Parameter], check),
    source: include_str!("odd_command_name.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let found = match node.kind() {
        Kind::Simple => Command::cast(node).and_then(|command| name(command.words().next()?)),
        Kind::Redirect => Redirect::cast(node).and_then(target),
        _ => digits(node),
    };
    if let Some((alias, message)) = found {
        sink.report(view.place(node), message).aliases([alias]);
    }
}

fn name(word: Word<'_>) -> Option<(&'static str, &'static str)> {
    let mut pieces = word.pieces();
    let first = pieces.next()?;
    let only = pieces.next().is_none();
    let text = word.raw();
    Some(match first.node.kind() {
        Kind::CommandSubstitution
            if only && !first.in_double_quotes && word.node().siblings_behind().all(is_redirect) =>
        {
            ("SC2091", "the output of this command is run as a command")
        }
        Kind::Backquote
            if only && !first.in_double_quotes && word.node().siblings_behind().all(is_redirect) =>
        {
            ("SC2092", "the output of this command is run as a command")
        }
        Kind::Arithmetic if only && word.node().siblings_behind().all(is_redirect) => {
            ("SC2084", "the result of this expression is run as a command")
        }
        _ if matches!(text, "\"\"" | "''") => ("SC2286", "the name of this command is empty"),
        _ if text.starts_with('-') && text.len() > 1 && !ends_condition(word) => {
            ("SC2215", "an option is run as a command")
        }
        Kind::Glob if !text.starts_with('[') => ("SC2211", "a pattern is run as a command"),
        _ if word.is_pattern() && !text.starts_with('[') => ("SC2211", "a pattern is run as a command"),
        _ if word.literal().is_some() && text.ends_with('/') && text.len() > 1 => {
            ("SC2287", "a directory is run as a command")
        }
        _ if word.literal().is_some() && text.ends_with([',', '%']) => {
            ("SC2288", "the name of this command ends in a sign")
        }
        _ => return None,
    })
}

/// Whether it is the second half of `[ a && -f b ]`.
fn ends_condition(word: Word<'_>) -> bool {
    word.node().siblings_behind().last().is_some_and(|last| last.text() == "]")
}

fn is_redirect(node: Node<'_>) -> bool {
    node.kind() == Kind::Redirect
}

fn target(redirect: Redirect<'_>) -> Option<(&'static str, &'static str)> {
    let command = redirect.node().parent().and_then(Command::cast).and_then(Command::name);
    let file =
        redirect.target().filter(|_| !command.is_some_and(|name| matches!(name.as_ref(), "[" | "test")))?;
    if redirect
        .node()
        .enclosing(|kind| kind == Kind::Subshell)
        .is_some_and(|around| around.text().starts_with("(("))
    {
        return None;
    }
    let digits = !file.raw().is_empty() && file.raw().bytes().all(|byte| byte.is_ascii_digit());
    (digits && matches!(redirect.operator(), ">" | ">>" | "<"))
        .then_some(("SC2210", "this is a file whose name is a number"))
}

fn digits(parameter: Node<'_>) -> Option<(&'static str, &'static str)> {
    let text = parameter.text();
    let behind = parameter.range().end as usize;
    let next = parameter.parse().text().as_bytes().get(behind);
    let short = text.len() == 2 && text.as_bytes()[1].is_ascii_digit();
    (short && next.is_some_and(u8::is_ascii_digit))
        .then_some(("SC1037", "arguments from the tenth on need braces: `${10}`"))
}
