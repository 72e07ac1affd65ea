//! # unsorted-packages
//!
//! ## What it does
//! Finds commands that install three packages or more in an order that is not that of the alphabet.
//!
//! ## Why
//! A sorted list shows at a glance whether a package is in it, and changes of it show in a diff as what they are.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM alpine:3.22
//! RUN apk add --no-cache git~2 curl~8 bash~5
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM alpine:3.22
//! RUN apk add --no-cache bash~5 curl~8 git~2
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM alpine:3.22
//! RUN apk add --no-cache bash~5 curl~8 git~2
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::{Safety, Severity};
use kit::{Edit, TextRange};
use shell::Arg;

pub(crate) static RULE: Rule = Rule {
    code: "CO640",
    name: "unsorted-packages",
    aliases: &["S7018", "sort-packages"],
    severity: Severity::Style,
    summary: "the packages of a command are not sorted",
    enabled: false,
    check: Check::Call(check),
    source: include_str!("unsorted_packages.rs"),
};

fn check(context: &Context<'_>, _step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    let words: Vec<&Arg<'_>> = call.operands().collect();
    if call.verb() != Verb::Install || words.len() < 3 || words.iter().any(|arg| arg.expands) {
        return;
    }
    let mut sorted = words.clone();
    sorted.sort_by_key(|arg| arg.text.to_ascii_lowercase());
    let same = words.iter().zip(&sorted).all(|(word, other)| word.text.eq_ignore_ascii_case(&other.text));
    if same {
        return;
    }
    let places = words.iter().map(|arg| call.run.place_of_arg(arg));
    let Some(range) = places.reduce(TextRange::cover) else { return };
    let draft = sink.report(range, "the packages are not in the order of the alphabet").help("sort them");
    let edits: Option<Vec<Edit>> = words
        .iter()
        .zip(&sorted)
        .map(|(word, other)| call.run.replace(context.text(), word, other.word.node().text()))
        .collect();
    if let Some(edits) = edits {
        // Users that packages make get their numbers in the order of installation.
        draft.fix("sort them", Safety::Unsafe, edits);
    }
}
