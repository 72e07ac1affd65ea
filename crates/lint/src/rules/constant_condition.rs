//! # constant-condition
//!
//! ## What it does
//! Finds `[ … ]` and `[[ … ]]` that compare two plain texts, or ask whether a plain text is empty, and `case` of a
//! plain text.
//!
//! ## Why
//! A `$` is missing, or a blank around an operator: `[ $a=b ]` is one word, and a word is always true.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN [ "$(id -u)"=0 ] || exit 1
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN [ "$(id -u)" = 0 ] || exit 1
//! USER 1000
//! ```

use facts::Severity;
use shell::{Case, Kind, Node, Word};

use crate::model::RunCommand;
use crate::script::{Asks, Condition, Form, ScriptView, plain};

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO957",
    name: "constant-condition",
    aliases: &[
        "SC2050", "SC2077", "SC2078", "SC2157", "SC2158", "SC2159", "SC2160", "SC2161", "SC2194", "SC2212",
    ],
    severity: Severity::Warning,
    summary: "the answer to a condition is always the same",
    enabled: true,
    check: Check::Each(&[
        Check::ScriptCommand(&["["], check_empty),
        Check::Node(&[Kind::Case], check_case),
        Check::Condition(check_condition),
    ]),
    source: include_str!("constant_condition.rs"),
};

fn check_empty(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    if matches!(item.command.args(), [only] if only.text == "]") {
        sink.report(view.place(item.command.command().node()), "`[ ]` is always false").aliases(["SC2212"]);
    }
}

fn check_case(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let Some(subject) = Case::cast(node).and_then(Case::subject) else { return };
    if !subject.raw().starts_with('~') && plain(subject).is_some() {
        sink.report(view.place(subject.node()), "`case` of a text that is always the same")
            .aliases(["SC2194"]);
    }
}

fn check_condition(view: &ScriptView<'_, '_>, found: &Condition<'_>, sink: &mut Sink<'_>) {
    if let Some(alias) = constant(found).filter(|_| found.form != Form::Test) {
        sink.report(view.place_of(found.range()), "the answer to this is always the same").aliases([alias]);
    }
}

fn constant(found: &Condition<'_>) -> Option<&'static str> {
    match found.asks {
        Asks::Binary(left, operator, right) => {
            let of_files = matches!(operator, "-nt" | "-ot" | "-ef");
            (!of_files && plain(left).is_some() && plain(right).is_some()).then_some("SC2050")
        }
        Asks::Unary("-n" | "-z", word) => has_text(word).then_some("SC2157"),
        Asks::Unary(..) => None,
        Asks::Word(word) => match plain(word).as_deref() {
            Some("true") => Some("SC2160"),
            Some("false") => Some("SC2158"),
            Some("0") => Some("SC2159"),
            Some("1") => Some("SC2161"),
            Some(_) => Some("SC2078"),
            None if word.raw().starts_with('-') => None,
            None if compares(word) => Some("SC2077"),
            None => has_text(word).then_some("SC2157"),
        },
    }
}

/// Whether a word is never empty: a part of it is plain text.
fn has_text(word: Word<'_>) -> bool {
    word.pieces()
        .any(|piece| !piece.is_expansion() && piece.node.kind() != Kind::Tilde && !piece.text().is_empty())
}

/// Whether there is an operator without blanks around it.
fn compares(word: Word<'_>) -> bool {
    word.pieces().any(|piece| !piece.is_quoted() && !piece.is_expansion() && piece.text().contains('='))
}
