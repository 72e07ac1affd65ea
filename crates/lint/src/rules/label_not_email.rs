//! # label-not-email
//!
//! ## What it does
//! Finds labels whose value has to be an e-mail address, as the settings say, and is none.
//!
//! ## Why
//! Nobody can write to it.
//!
//! ## Example
//! ```toml,settings
//! [labels]
//! "test.mail" = "email"
//! ```
//! ```dockerfile,bad
//! FROM debian:12
//! LABEL test.mail=jo
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! LABEL test.mail=jo@example.com
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
    code: "CO836",
    name: "label-not-email",
    aliases: &["DL3058"],
    severity: Severity::Warning,
    summary: "a label is no e-mail address",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("label_not_email.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    report_label(context, step, LabelKind::Email, sink);
}
