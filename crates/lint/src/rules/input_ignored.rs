//! # input-ignored
//!
//! ## What it does
//! Finds `… | rm`, `… | echo`, `rm < file` and the like.
//!
//! ## Why
//! `xargs` makes arguments of what comes in; these commands do not look at it.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN ls /opt/*.tmp | rm
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN rm -f /opt/*.tmp
//! USER 1000
//! ```

use facts::Severity;
use shell::{Command, Kind, Node, Redirect};

use crate::script::ScriptView;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO972",
    name: "input-ignored",
    aliases: &["SC2216", "SC2217"],
    severity: Severity::Warning,
    summary: "a command that reads no input is given some",
    enabled: true,
    check: Check::Node(&[Kind::Simple], check),
    source: include_str!("input_ignored.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let Some(command) = Command::cast(node) else { return };
    let name = command.name().unwrap_or_default();
    if !IGNORES.contains(&name.as_ref()) {
        return;
    }
    let reads = |inner: Node<'_>| inner.kind().is_substitution() && !inner.text().starts_with('>');
    if command.words().flat_map(|word| word.node().descendants()).any(reads) {
        return;
    }
    let asks = name == "rm" && command.words().any(|word| word.raw() == "-i");
    if command.input().is_some() && !asks {
        sink.report(view.place(node), format!("`{name}` reads no input"))
            .help("use `xargs`, or leave out the `|`")
            .aliases(["SC2216"]);
    }
    let input = |redirect: Redirect<'_>| {
        matches!(redirect.operator(), "<" | "<<" | "<<-" | "<<<")
            && redirect.descriptor().is_none_or(|number| number == 0)
    };
    if let Some(redirect) = command.redirects().find(|redirect| input(*redirect)) {
        sink.report(view.place(redirect.node()), format!("`{name}` reads no input")).aliases(["SC2217"]);
    }
}

const IGNORES: &[&str] = &[
    "alias", "basename", "cd", "chgrp", "chmod", "chown", "cp", "du", "echo", "export", "kill", "ln", "ls",
    "mv", "printf", "ps", "pwd", "rm", "rmdir", "set", "sleep", "touch",
];
