//! # su-without-command
//!
//! ## What it does
//! Finds `su` and `su name` without `-c`.
//!
//! ## Why
//! What follows is run by the same user as before.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN useradd app; su app; touch /a
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN useradd app; su app -c "touch /a"
//! USER 1000
//! ```

use crate::model::RunCommand;
use crate::script::ScriptView;
use facts::Severity;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO986",
    name: "su-without-command",
    aliases: &["SC2117"],
    severity: Severity::Warning,
    summary: "su without a command starts a shell that nobody types in",
    enabled: true,
    check: Check::ScriptCommand(&["su"], check),
    source: include_str!("su_without_command.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let command = item.command.command();
    let fed = command.input().is_some() || command.redirects().next().is_some();
    if !fed && item.command.args().len() <= 1 && item.command.wrappers().next().is_none() {
        sink.report(
            view.place_of(item.command.range()),
            "`su` starts a shell here, and what follows is run without it",
        )
        .help("use `su -c`, or USER");
    }
}
