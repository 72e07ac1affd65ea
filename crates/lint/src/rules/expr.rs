//! # expr
//!
//! ## What it does
//! Finds `expr` with `+`, `-`, `*`, `/` or `%`.
//!
//! ## Why
//! `$((…))` does the same within the shell, and needs no backslash before `*`.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN N=$(expr 1 + 1) && mkdir "/opt/$N"
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN N=$((1 + 1)) && mkdir "/opt/$N"
//! USER 1000
//! ```

use facts::Severity;

use crate::model::RunCommand;
use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO939",
    name: "expr",
    aliases: &["SC2003", "SC2308"],
    severity: Severity::Style,
    summary: "expr instead of arithmetic of the shell",
    enabled: true,
    check: Check::ScriptCommand(&["expr"], check),
    source: include_str!("expr.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let command = &item.command;
    let [first, operator, ..] = command.args() else { return };
    let arithmetic = matches!(operator.text.as_ref(), "+" | "-" | "*" | "/" | "%");
    let range = view.place_of(command.range());
    if command.wrappers().next().is_some() {
    } else if matches!(first.text.as_ref(), "length" | "match" | "index" | "substr") {
        sink.report(range, format!("`expr {}` is not in POSIX", first.text))
            .severity(Severity::Style)
            .aliases(["SC2308"]);
    } else if arithmetic {
        sink.report(range, "`expr` instead of `$((…))`").aliases(["SC2003"]);
    }
}
