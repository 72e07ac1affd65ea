//! # find-without-path
//!
//! ## What it does
//! Finds `find` that is not told where to look.
//!
//! ## Why
//! Only some find programs take the working directory then; and a reader has to know it.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! WORKDIR /opt
//! RUN find -name '*.pyc' -delete
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! WORKDIR /opt
//! RUN find . -name '*.pyc' -delete
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN find /opt -name '*.pyc' -delete
//! USER 1000
//! ```

use facts::{Safety, Severity};

use crate::model::RunCommand;
use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO930",
    name: "find-without-path",
    aliases: &["SC2185"],
    severity: Severity::Style,
    summary: "find without a directory looks where it happens to be",
    enabled: true,
    check: Check::ScriptCommand(&["find"], check),
    source: include_str!("find_without_path.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let command = &item.command;
    let Some(program) = command.program().filter(|_| command.wrappers().next().is_none()) else { return };
    let mut args = command.args().iter().skip_while(|arg| matches!(arg.text.as_ref(), "-H" | "-L" | "-P"));
    let first = args.next();
    let asks =
        first.is_some_and(|arg| matches!(arg.text.as_ref(), "--help" | "--version" | "-help" | "-version"));
    if asks || first.is_some_and(|arg| !is_test(&arg.text)) {
        return;
    }
    let draft = sink.report(view.place_of(command.range()), "`find` is not told where to look");
    let last = command
        .args()
        .iter()
        .take_while(|arg| matches!(arg.text.as_ref(), "-H" | "-L" | "-P"))
        .last()
        .unwrap_or(program);
    let text = format!("{} .", last.word.raw());
    if let Some(edit) = view.edit(last.range(), text) {
        draft.fix("look in `.`", Safety::Safe, vec![edit]);
    }
}

/// Whether an argument is a condition and not a directory. `-O` and `-D` are neither.
fn is_test(text: &str) -> bool {
    text.strip_prefix('-').is_some_and(|rest| rest.starts_with(|ch: char| ch.is_ascii_lowercase()))
}
