//! # apt-version-unpinned
//!
//! ## What it does
//! Finds packages that `apt-get install` or `apt install` gets without a version.
//!
//! ## Why
//! The image is another one with each new version of a package, and what worked yesterday can be broken today.
//! Mirrors of distributions drop old versions, though: where that hurts, pin the base image by its digest and install
//! from a snapshot of the archive instead, and ignore this rule.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN apt-get update && apt-get install -y --no-install-recommends curl=7.88.* && rm -rf /var/lib/apt/lists/*
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb, report_loose};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::Severity;

pub(crate) static RULE: Rule = Rule {
    code: "CO601",
    name: "apt-version-unpinned",
    aliases: &["DL3008", "apt_get_install_pin_version_not_defined"],
    severity: Severity::Info,
    summary: "apt installs a package without a version",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("apt_version_unpinned.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    // A snapshot has one version of each package.
    if call.is("apt", Verb::Install) && !call.has(&["-S", "--snapshot"]) {
        let draft = report_loose(context, step, call, sink);
        draft.map(|draft| draft.unlike_hadolint(call.program() != "apt-get"));
    }
}
