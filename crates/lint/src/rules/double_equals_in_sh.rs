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

use shell::{Kind, Node};

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
    check: Check::Each(&[
        Check::ScriptCommand(&["[", "test"], check),
        Check::Node(&[Kind::Test], check_test),
    ]),
    source: include_str!("double_equals_in_sh.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    item.command.args().iter().for_each(|arg| check_word(view, arg.word.node(), sink));
}

fn check_test(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    node.children().for_each(|part| check_word(view, part, sink));
}

fn check_word(view: &ScriptView<'_, '_>, word: Node<'_>, sink: &mut Sink<'_>) {
    if view.is_bash() || word.text() != "==" {
        return;
    }
    let severity = view.portability(&[SystemShell::Busybox]);
    let draft = sink.report(view.place(word), "`sh` need not have `==`").severity(severity);
    if let Some(edit) = view.edit(word.range(), "=") {
        let safety = if severity == Severity::Style { Safety::Safe } else { Safety::Unsafe };
        draft.fix("use `=`", safety, vec![edit]);
    }
}
