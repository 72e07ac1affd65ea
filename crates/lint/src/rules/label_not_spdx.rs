//! # label-not-spdx
//!
//! ## What it does
//! Finds labels whose value has to be a licence expression of SPDX, as the settings say, and is none.
//!
//! ## Why
//! Tools look the licence up by its identifier.
//!
//! ## Example
//! ```toml,settings
//! [labels]
//! "test.licence" = "spdx"
//! ```
//! ```dockerfile,bad
//! FROM debian:12
//! LABEL test.licence=free
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! LABEL test.licence=Apache-2.0
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
    code: "CO833",
    name: "label-not-spdx",
    aliases: &["DL3054"],
    severity: Severity::Warning,
    summary: "a label is no SPDX expression",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("label_not_spdx.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    report_label(context, step, LabelKind::Spdx, sink);
}
