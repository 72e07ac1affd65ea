//! # label-empty
//!
//! ## What it does
//! Finds labels that the settings know and that are empty.
//!
//! ## Why
//! An empty label says nothing.
//!
//! ## Example
//! ```toml,settings
//! [labels]
//! "test.text" = "text"
//! ```
//! ```dockerfile,bad
//! FROM debian:12
//! LABEL test.text=""
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! LABEL test.text=a
//! USER 1000
//! ```

use facts::Severity;

use crate::context::Context;
use crate::labels::report_label;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::settings::LabelKind;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO830",
    name: "label-empty",
    aliases: &["DL3051"],
    severity: Severity::Warning,
    summary: "a label is empty",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("label_empty.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    report_label(context, step, LabelKind::Text, sink);
}
