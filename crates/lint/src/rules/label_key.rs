//! # label-key
//!
//! ## What it does
//! Finds names of labels with other characters than lower-case letters, digits, periods and hyphens, with two of those
//! in a row, or in the name spaces of Docker.
//!
//! ## Why
//! Such names are not found by tools, or collide with those of Docker (Docker object labels, "Key format
//! recommendations").
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! LABEL Version=1
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! LABEL version=1
//! USER 1000
//! ```

use facts::Severity;
use syntax::Statement;

use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO820",
    name: "label-key",
    aliases: &["DL3048"],
    severity: Severity::Style,
    summary: "a label has a name that labels should not have",
    enabled: true,
    check: Check::File(check),
    source: include_str!("label_key.rs"),
};

/// Name spaces that are Docker's own.
const RESERVED: &[&str] = &["com.docker.", "io.docker.", "org.dockerproject."];

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (_, statement) in context.items() {
        let Some(Statement::Label(pairs)) = statement else { continue };
        for (key, _) in &pairs.pairs {
            let name = key.value.trim_matches(['"', '\'']);
            // What the value of a variable is cannot be told.
            if name.contains('$') {
                sink.report(key.range, format!("the name `{name}` of a label depends on a variable"))
                    .severity(Severity::Info)
                    .help("whoever reads the label has to know its name: write it out");
            } else if let Some(why) = fault(name) {
                sink.report(key.range, format!("the name `{name}` of a label {why}"));
            }
        }
    }
}

fn fault(name: &str) -> Option<&'static str> {
    let edge = |ch: Option<char>| ch.is_some_and(|ch| ch.is_ascii_lowercase() || ch.is_ascii_digit());
    if RESERVED.iter().any(|space| name.starts_with(space)) {
        Some("is in a name space of Docker")
    } else if !name.chars().next().is_some_and(|ch| ch.is_ascii_lowercase()) {
        Some("should begin with a lower-case letter")
    } else if !edge(name.chars().last()) {
        Some("should end with a lower-case letter or a digit")
    } else if !name
        .chars()
        .all(|ch| ch.is_ascii_lowercase() || ch.is_ascii_digit() || matches!(ch, '.' | '-' | '_' | '/'))
    {
        Some("should have only lower-case letters, digits, `.`, `-`, `_` and `/`")
    } else if name.contains("..") || name.contains("--") {
        Some("should not have two separators in a row")
    } else {
        None
    }
}
