//! # todo-comment
//!
//! ## What it does
//! Finds comments with `TODO` or `FIXME`.
//!
//! ## Why
//! What is to be done is better tracked elsewhere. Off by default.
//!
//! ## Example
//! ```dockerfile,bad
//! # TODO: a smaller base
//! FROM debian:12
//! USER 1000
//! ```
//! ```dockerfile,good
//! # the base of all our images
//! FROM debian:12
//! USER 1000
//! ```

use facts::Severity;
use syntax::Item;

use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO845",
    name: "todo-comment",
    aliases: &["S1135"],
    severity: Severity::Style,
    summary: "a comment says that something is to be done",
    enabled: false,
    check: Check::File(check),
    source: include_str!("todo_comment.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for item in context.parse.items() {
        let Item::Comment(range) = item else { continue };
        let text = range.slice(context.text());
        let word = ["TODO", "FIXME"]
            .into_iter()
            .find(|word| text.split(|ch: char| !ch.is_ascii_alphanumeric()).any(|part| part == *word));
        if let Some(word) = word {
            sink.report(*range, format!("a comment with `{word}`"));
        }
    }
}
