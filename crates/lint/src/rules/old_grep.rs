//! # old-grep
//!
//! ## What it does
//! Finds `egrep` and `fgrep`.
//!
//! ## Why
//! GNU grep prints a warning for them since version 3.8. `grep -E` and `grep -F` are in POSIX.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN egrep 'a|b' /etc/passwd
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! RUN grep -E 'a|b' /etc/passwd
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN grep -E 'a|b' /etc/passwd
//! USER 1000
//! ```

use facts::{Safety, Severity};

use crate::model::RunCommand;
use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO932",
    name: "old-grep",
    aliases: &["SC2196", "SC2197"],
    severity: Severity::Style,
    summary: "egrep and fgrep are old names",
    enabled: true,
    check: Check::ScriptCommand(&["egrep", "fgrep"], check),
    source: include_str!("old_grep.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let Some(program) = item.command.program() else { return };
    let (alias, new) =
        if item.command.name() == "egrep" { ("SC2196", "grep -E") } else { ("SC2197", "grep -F") };
    let message = format!("`{}` is an old name of `{new}`", item.command.name());
    let draft = sink.report(view.place(program.word.node()), message).aliases([alias]);
    if let Some(edit) = view.edit(program.range(), new).filter(|_| !program.text.contains('/')) {
        draft.fix(format!("use `{new}`"), Safety::Safe, vec![edit]);
    }
}
