//! # letter-in-comparison
//!
//! ## What it does
//! Finds `[ "x$name" = "x…" ]`.
//!
//! ## Why
//! Shells of the last thirty years compare any text right when it is in quotes.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! ARG MODE
//! RUN if [ "x$MODE" = "xdev" ]; then touch /dev-mode; fi
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! ARG MODE
//! RUN if [ "$MODE" = "dev" ]; then touch /dev-mode; fi
//! USER 1000
//! ```

use facts::Severity;
use shell::Arg;

use crate::model::RunCommand;
use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO943",
    name: "letter-in-comparison",
    aliases: &["SC2268"],
    severity: Severity::Style,
    summary: "`x` before a value that is compared is of no use",
    enabled: true,
    check: Check::ScriptCommand(&["[", "test"], check),
    source: include_str!("letter_in_comparison.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    for three in item.command.args().windows(3) {
        let [left, operator, right] = three else { continue };
        let compares = matches!(operator.text.as_ref(), "=" | "==" | "!=");
        let same = |letter: &str| left.text.starts_with(letter) && right.text.starts_with(letter);
        if compares && (same("x") || same("X")) && (is_value(left) || is_value(right)) {
            sink.report(view.place(left.word.node()), "the letter before the value is of no use");
        }
    }
}

/// Whether a word is a letter with a variable behind it.
fn is_value(arg: &Arg<'_>) -> bool {
    arg.text[1..].starts_with('$')
}
