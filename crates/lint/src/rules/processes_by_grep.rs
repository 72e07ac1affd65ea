//! # processes-by-grep
//!
//! ## What it does
//! Finds `ps … | grep …`.
//!
//! ## Why
//! `grep` finds itself, too, and names in arguments. `pgrep` finds processes.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN ps aux | grep nginx
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN pgrep nginx
//! USER 1000
//! ```

use crate::model::RunCommand;
use crate::script::ScriptView;
use facts::Severity;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO991",
    name: "processes-by-grep",
    aliases: &["SC2009"],
    severity: Severity::Info,
    summary: "processes are looked for with ps and grep",
    enabled: true,
    check: Check::ScriptCommand(&["ps"], check),
    source: include_str!("processes_by_grep.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let command = &item.command;
    let next = command.command().output().and_then(shell::Command::cast).and_then(shell::Command::name);
    let one = command
        .args()
        .iter()
        .any(|arg| matches!(arg.text.as_ref(), "-p" | "-q") || arg.text.starts_with("--p"));
    if next.as_deref() == Some("grep") && !one && command.wrappers().next().is_none() {
        sink.report(view.place_of(command.range()), "processes are looked for with `ps` and `grep`")
            .help("use `pgrep`");
    }
}
