//! # double-equals-in-sh
//!
//! ## What it does
//! Finds `[ a == b ]` where the shell is `sh`.
//!
//! ## Why
//! The `[` of dash does not know `==`: the condition is an error, which counts as false.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! ARG MODE
//! RUN if [ "$MODE" == "dev" ]; then touch /dev-mode; fi
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! ARG MODE
//! RUN if [ "$MODE" = "dev" ]; then touch /dev-mode; fi
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! ARG MODE
//! RUN if [ "$MODE" = "dev" ]; then touch /dev-mode; fi
//! USER 1000
//! ```

use facts::{Safety, Severity};

use crate::model::RunCommand;
use crate::rule::{Check, Rule};
use crate::script::{ScriptView, SystemShell};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO924",
    name: "double-equals-in-sh",
    aliases: &["SC3014"],
    severity: Severity::Warning,
    summary: "`==` is `=` in sh",
    enabled: true,
    check: Check::ScriptCommand(&["[", "test"], check),
    source: include_str!("double_equals_in_sh.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    if view.is_bash() {
        return;
    }
    for arg in item.command.args().iter().filter(|arg| arg.word.raw() == "==") {
        let severity = view.portability(&[SystemShell::Busybox]);
        let draft = sink.report(view.place(arg.word.node()), "`sh` need not have `==`").severity(severity);
        if let Some(edit) = view.edit(arg.range(), "=") {
            let safety = if severity == Severity::Style { Safety::Safe } else { Safety::Unsafe };
            draft.fix("use `=`", safety, vec![edit]);
        }
    }
}
