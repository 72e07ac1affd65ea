//! # label-not-semver
//!
//! ## What it does
//! Finds labels whose value has to be a semantic version, as the settings say, and is none.
//!
//! ## Why
//! Tools compare versions.
//!
//! ## Example
//! ```toml,settings
//! [labels]
//! "test.version" = "semver"
//! ```
//! ```dockerfile,bad
//! FROM debian:12
//! LABEL test.version=1
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! LABEL test.version=1.2.3
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
    code: "CO835",
    name: "label-not-semver",
    aliases: &["DL3056"],
    severity: Severity::Warning,
    summary: "a label is no semantic version",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("label_not_semver.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    report_label(context, step, LabelKind::Semver, sink);
}
