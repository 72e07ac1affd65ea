//! # label-not-rfc3339
//!
//! ## What it does
//! Finds labels whose value has to be a date and time as in RFC 3339, as the settings say, and is none.
//!
//! ## Why
//! Tools cannot read other forms.
//!
//! ## Example
//! ```toml,settings
//! [labels]
//! "test.time" = "rfc3339"
//! ```
//! ```dockerfile,bad
//! FROM debian:12
//! LABEL test.time=yesterday
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! LABEL test.time=2026-01-02T03:04:05Z
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
    code: "CO832",
    name: "label-not-rfc3339",
    aliases: &["DL3053"],
    severity: Severity::Warning,
    summary: "a label is no date as in RFC 3339",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("label_not_rfc3339.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    report_label(context, step, LabelKind::Rfc3339, sink);
}
