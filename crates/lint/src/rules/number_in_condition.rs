//! # number-in-condition
//!
//! ## What it does
//! Finds `>` and `<` between numbers in `[ … ]` and `[[ … ]]`, `-eq` and its like with a word that is no number, and
//! numbers with a fraction.
//!
//! ## Why
//! `>` compares texts, or writes to a file in `[ … ]`; `-gt` is for numbers. Shells have whole numbers alone.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN [ "$(nproc)" -eq many ] || exit 1
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN [ "$(nproc)" -eq 2 ] || exit 1
//! USER 1000
//! ```

use facts::Severity;

use crate::script::{Asks, Condition, Form, ScriptView, plain};

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO958",
    name: "number-in-condition",
    aliases: &["SC2071", "SC2072", "SC2073", "SC2170", "SC2309"],
    severity: Severity::Error,
    summary: "numbers and texts are compared as what they are not",
    enabled: true,
    check: Check::Condition(check),
    source: include_str!("number_in_condition.rs"),
};

fn check(view: &ScriptView<'_, '_>, found: &Condition<'_>, sink: &mut Sink<'_>) {
    if found.form == Form::Test {
        return;
    }
    let Asks::Binary(left, operator, right) = found.asks else { return };
    let greater = matches!(operator, ">" | "<" | "\\>" | "\\<");
    let numeric = matches!(operator, "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge");
    let texts = [plain(left), plain(right)];
    let mut known = texts.iter().flatten();
    let alias = if greater && known.clone().any(|text| is_number(text)) {
        Some(("SC2071", "`-gt` and `-lt` compare numbers"))
    } else if (greater || numeric) && known.clone().any(|text| is_fraction(text)) {
        Some(("SC2072", "shells have whole numbers alone"))
    } else if numeric && known.any(|text| is_word(text)) {
        let double = found.form == Form::Double;
        Some((if double { "SC2309" } else { "SC2170" }, "this is no number: `=` compares texts"))
    } else {
        let writes = matches!(operator, ">" | "<") && found.form == Form::Brackets && view.is_bash();
        writes.then_some(("SC2073", "this is a redirection"))
    };
    if let Some((alias, message)) = alias {
        sink.report(view.place_of(found.range()), message).aliases([alias]);
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_fraction(text: &str) -> bool {
    text.split_once('.').is_some_and(|(whole, rest)| is_number(whole) && is_number(rest))
}

fn is_word(text: &str) -> bool {
    let letters = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    letters && !text.is_empty() && !is_number(text)
}
