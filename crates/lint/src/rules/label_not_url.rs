//! # label-not-url
//!
//! ## What it does
//! Finds labels whose value has to be a URL, as the settings say, and is none.
//!
//! ## Why
//! Tools make a link of it.
//!
//! ## Example
//! ```toml,settings
//! [labels]
//! "test.url" = "url"
//! ```
//! ```dockerfile,bad
//! FROM debian:12
//! LABEL test.url=example
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! LABEL test.url=https://example.com/
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
    code: "CO831",
    name: "label-not-url",
    aliases: &["DL3052"],
    severity: Severity::Warning,
    summary: "a label is no URL",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("label_not_url.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    report_label(context, step, LabelKind::Url, sink);
}
