//! # read-backslashes
//!
//! ## What it does
//! Finds `read` without `-r`.
//!
//! ## Why
//! A backslash in the input vanishes, and one at the end of a line joins it with the next.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN while read name; do touch "/opt/$name"; done < /etc/names
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! RUN while read -r name; do touch "/opt/$name"; done < /etc/names
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN while read -r name; do touch "/opt/$name"; done < /etc/names
//! USER 1000
//! ```

use facts::{Safety, Severity};

use crate::model::RunCommand;
use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO935",
    name: "read-backslashes",
    aliases: &["SC2162"],
    severity: Severity::Info,
    summary: "read without -r takes backslashes for escapes",
    enabled: true,
    check: Check::ScriptCommand(&["read"], check),
    source: include_str!("read_backslashes.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let command = &item.command;
    let Some(program) = command.program() else { return };
    let raw = command.args().iter().any(|arg| arg.text.starts_with('-') && arg.text.contains('r'));
    if raw || command.wrappers().next().is_some() {
        return;
    }
    let draft = sink.report(view.place_of(command.range()), "`read` takes backslashes for escapes");
    if let Some(edit) = view.edit(program.range(), "read -r") {
        draft.fix("add `-r`", Safety::Unsafe, vec![edit]);
    }
}
