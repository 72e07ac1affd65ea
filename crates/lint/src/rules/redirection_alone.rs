//! # redirection-alone
//!
//! ## What it does
//! Finds `> file` and `<<EOF` with no command.
//!
//! ## Why
//! It makes or empties the file, or does nothing at all; mostly a command is missing. `: > file` says that it is
//! meant.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN > /etc/motd
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN : > /etc/motd
//! USER 1000
//! ```

use facts::Severity;
use shell::{Command, Kind, Node};

use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO955",
    name: "redirection-alone",
    aliases: &["SC2188"],
    severity: Severity::Info,
    summary: "a redirection without a command",
    enabled: true,
    check: Check::Node(&[Kind::Simple], check),
    source: include_str!("redirection_alone.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let Some(command) = Command::cast(node) else { return };
    let alone = command.words().next().is_none() && command.assignments().next().is_none();
    let Some(redirect) = command.redirects().next().filter(|_| alone) else { return };
    let around = node.ancestors().any(|around| around.kind().is_substitution());
    if !around {
        sink.report(view.place(redirect.node()), "a redirection without a command");
    }
}
