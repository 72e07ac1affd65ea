//! # apk-version-unpinned
//!
//! ## What it does
//! Finds packages that `apk add` gets without a version.
//!
//! ## Why
//! The image is another one with each new version of a package, and what worked yesterday can be broken today.
//! Mirrors of distributions drop old versions, though: where that hurts, pin the base image by its digest and install
//! from a snapshot of the archive instead, and ignore this rule.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM alpine:3.22
//! RUN apk add --no-cache curl
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM alpine:3.22
//! RUN apk add --no-cache curl~8.14
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb, report_loose};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::Severity;

pub(crate) static RULE: Rule = Rule {
    code: "CO608",
    name: "apk-version-unpinned",
    aliases: &["DL3018", "unpinned_package_version_in_apk_add"],
    severity: Severity::Info,
    summary: "apk installs a package without a version",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("apk_version_unpinned.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    if call.is("apk", Verb::Install) {
        report_loose(context, step, call, sink);
    }
}
