//! # zypper-version-unpinned
//!
//! ## What it does
//! Finds packages that `zypper install` gets without a version. Files have none.
//!
//! ## Why
//! The image is another one with each new version of a package, and what worked yesterday can be broken today.
//! Mirrors of distributions drop old versions, though: where that hurts, pin the base image by its digest and install
//! from a snapshot of the archive instead, and ignore this rule.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM opensuse/leap:15.6
//! RUN zypper -n install vim && zypper clean --all
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM opensuse/leap:15.6
//! RUN zypper -n install vim=9.1 && zypper clean --all
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb, report_loose};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::Severity;

pub(crate) static RULE: Rule = Rule {
    code: "CO622",
    name: "zypper-version-unpinned",
    aliases: &["DL3037", "zypper_install_without_version"],
    severity: Severity::Info,
    summary: "zypper installs a package without a version",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("zypper_version_unpinned.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    if call.is("zypper", Verb::Install) && !has_kind(call) {
        report_loose(context, step, call, sink);
    }
}

/// Whether patterns, patches or products are installed, which are named without a version.
fn has_kind(call: &Call<'_, '_>) -> bool {
    call.values(&["-t", "--type"]).any(|kind| kind != "package")
}
