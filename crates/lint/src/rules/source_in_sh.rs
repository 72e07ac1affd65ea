//! # source-in-sh
//!
//! ## What it does
//! Finds `source` where the shell is `sh`.
//!
//! ## Why
//! dash, the `sh` of Debian and Ubuntu, does not have it. `.` does the same in every shell.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN source /etc/os-release && touch "/opt/$VERSION_ID"
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! RUN . /etc/os-release && touch "/opt/$VERSION_ID"
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN . /etc/os-release && touch "/opt/$VERSION_ID"
//! USER 1000
//! ```

use facts::{Safety, Severity};

use crate::model::RunCommand;
use crate::rule::{Check, Rule};
use crate::script::{ScriptView, SystemShell};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO921",
    name: "source-in-sh",
    aliases: &["SC3046"],
    severity: Severity::Warning,
    summary: "`source` is `.` in sh",
    enabled: true,
    check: Check::ScriptCommand(&["source"], check),
    source: include_str!("source_in_sh.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let Some(program) =
        item.command.program().filter(|_| !view.is_bash() && item.command.wrappers().next().is_none())
    else {
        return;
    };
    let severity = view.portability(&[SystemShell::Busybox]);
    let draft =
        sink.report(view.place(program.word.node()), "`sh` need not have `source`").severity(severity);
    // `.` looks for a name without a slash in PATH alone.
    let path = item.command.args().first().is_some_and(|arg| arg.text.contains('/'));
    if let Some(edit) = view.edit(program.range(), ".").filter(|_| path) {
        let safety = if severity == Severity::Style { Safety::Safe } else { Safety::Unsafe };
        draft.fix("use `.`", safety, vec![edit]);
    }
}
