//! # duplicate-label
//!
//! ## What it does
//! Finds labels that a later one of the same stage replaces.
//!
//! ## Why
//! Only the last value counts.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! LABEL version=1
//! LABEL version=2
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! LABEL version=2
//! USER 1000
//! ```

use facts::Severity;

use crate::context::Context;
use crate::labels::{bare, labels};
use crate::model::StageModel;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO847",
    name: "duplicate-label",
    aliases: &["labels/no-duplicate-keys"],
    severity: Severity::Info,
    summary: "a label is set twice",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("duplicate_label.rs"),
};

fn check(_context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    let all: Vec<_> = stage.steps.iter().flat_map(labels).collect();
    for (at, (key, value)) in all.iter().enumerate() {
        let name = bare(&key.value);
        if let Some((again, _)) = all[at + 1..].iter().find(|(other, _)| bare(&other.value) == name) {
            sink.report(key.range.cover(value.range), format!("the label `{name}` is set again below"))
                .related(again.range, "the last value counts");
        }
    }
}
