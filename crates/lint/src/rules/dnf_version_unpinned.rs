//! # dnf-version-unpinned
//!
//! ## What it does
//! Finds packages that `dnf install` gets without a version. Groups, files and addresses have none.
//!
//! ## Why
//! The image is another one with each new version of a package, and what worked yesterday can be broken today.
//! Mirrors of distributions drop old versions, though: where that hurts, pin the base image by its digest and install
//! from a snapshot of the archive instead, and ignore this rule.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM fedora:42
//! RUN dnf install -y vim && dnf clean all
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM fedora:42
//! RUN dnf install -y vim-9.1.* && dnf clean all
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb, report_loose};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::Severity;

pub(crate) static RULE: Rule = Rule {
    code: "CO618",
    name: "dnf-version-unpinned",
    aliases: &["DL3041", "missing_version_specification_in_dnf_install"],
    severity: Severity::Info,
    summary: "dnf installs a package without a version",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("dnf_version_unpinned.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    if call.is("dnf", Verb::Install) && (call.says("install") || call.says("module install")) {
        report_loose(context, step, call, sink);
    }
}
