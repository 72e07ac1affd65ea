//! # unknown-label
//!
//! ## What it does
//! Finds labels that the settings do not name, where they allow no others.
//!
//! ## Why
//! Most are misspelt.
//!
//! ## Example
//! ```toml,settings
//! strict-labels = true
//! [labels]
//! "test.text" = "text"
//! ```
//! ```dockerfile,bad
//! FROM debian:12
//! LABEL other=1
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! LABEL test.text=a
//! USER 1000
//! ```

use facts::Severity;

use crate::context::Context;
use crate::labels::{bare, labels};
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO822",
    name: "unknown-label",
    aliases: &["DL3050"],
    severity: Severity::Info,
    summary: "a label is not one of those that are allowed",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("unknown_label.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let settings = context.settings();
    if !settings.strict_labels {
        return;
    }
    for (key, value) in labels(step) {
        let name = bare(&key.value);
        if !settings.labels.contains_key(name) {
            sink.report(
                key.range.cover(value.range),
                format!("the label `{name}` is not one of those that are allowed"),
            );
        }
    }
}
