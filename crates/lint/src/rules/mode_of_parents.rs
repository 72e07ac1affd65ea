//! # mode-of-parents
//!
//! ## What it does
//! Finds `mkdir -p -m MODE` of a path with several directories.
//!
//! ## Why
//! Directories above the last one that are made, too, get the usual mode.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN mkdir -p -m 700 /opt/tool/secret
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN mkdir -p /opt/tool && mkdir -m 700 /opt/tool/secret
//! USER 1000
//! ```

use facts::Severity;

use crate::model::RunCommand;
use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO944",
    name: "mode-of-parents",
    aliases: &["SC2174"],
    severity: Severity::Info,
    summary: "`mkdir -p -m` sets the mode of the last directory alone",
    enabled: true,
    check: Check::ScriptCommand(&["mkdir"], check),
    source: include_str!("mode_of_parents.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let command = &item.command;
    let parents = command.option("-p").is_some() || command.option("--parents").is_some();
    let mode = command.option("-m").or_else(|| command.option("--mode"));
    let deep = command.operands().any(|arg| arg.text.contains('/') || arg.expands);
    let Some(mode) = mode.filter(|_| parents && deep && command.wrappers().next().is_none()) else { return };
    sink.report(
        view.place(mode.word.node()),
        "the mode is that of the last directory alone, not of those made above it",
    );
}
