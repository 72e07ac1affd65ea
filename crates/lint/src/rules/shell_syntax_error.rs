//! # shell-syntax-error
//!
//! ## What it does
//! Finds texts that `sh` or bash cannot read: quotes, brackets and compound commands without an end, `done` without
//! `do`.
//!
//! ## Why
//! The step fails, after those before it have been run.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN if [ -e /a ]; then touch /b
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN if [ -e /a ]; then touch /b; fi
//! USER 1000
//! ```

use facts::Severity;

use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO900",
    name: "shell-syntax-error",
    aliases: &[
        "SC1072", "SC1073", "SC1009", "SC1036", "SC1061", "SC1062", "SC1064", "SC1065", "SC1070", "SC1078",
        "SC1088", "SC1089",
    ],
    severity: Severity::Error,
    summary: "the shell refuses the text of a step",
    enabled: true,
    check: Check::Script(check),
    source: include_str!("shell_syntax_error.rs"),
};

fn check(view: &ScriptView<'_, '_>, sink: &mut Sink<'_>) {
    let Some(error) = view.parse().errors().iter().find(|error| !error.late) else { return };
    let draft = sink.report(view.place_of(error.range), error.message.clone());
    if let Some(opened) = error.opened {
        draft.related(view.place_of(opened), "opened here");
    }
}
