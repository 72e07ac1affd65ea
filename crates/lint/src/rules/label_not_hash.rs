//! # label-not-hash
//!
//! ## What it does
//! Finds labels whose value has to be a git commit, as the settings say, and is none.
//!
//! ## Why
//! Tools look the commit up.
//!
//! ## Example
//! ```toml,settings
//! [labels]
//! "test.commit" = "hash"
//! ```
//! ```dockerfile,bad
//! FROM debian:12
//! LABEL test.commit=main
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! LABEL test.commit=43c572f1272b8c4e8d2d9ee0e7d3dcd9cc4b9b4b
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
    code: "CO834",
    name: "label-not-hash",
    aliases: &["DL3055"],
    severity: Severity::Warning,
    summary: "a label is no commit",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("label_not_hash.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    report_label(context, step, LabelKind::Hash, sink);
}
