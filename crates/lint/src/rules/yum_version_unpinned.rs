//! # yum-version-unpinned
//!
//! ## What it does
//! Finds packages that `yum install` gets without a version. Groups, files and addresses have none.
//!
//! ## Why
//! The image is another one with each new version of a package, and what worked yesterday can be broken today.
//! Mirrors of distributions drop old versions, though: where that hurts, pin the base image by its digest and install
//! from a snapshot of the archive instead, and ignore this rule.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM centos:7
//! RUN yum install -y vim && yum clean all
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM centos:7
//! RUN yum install -y vim-9.1.* && yum clean all
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb, report_loose};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::Severity;

pub(crate) static RULE: Rule = Rule {
    code: "CO614",
    name: "yum-version-unpinned",
    aliases: &["DL3033", "yum_install_without_version"],
    severity: Severity::Info,
    summary: "yum installs a package without a version",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("yum_version_unpinned.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    if call.is("yum", Verb::Install) && (call.says("install") || call.says("module install")) {
        report_loose(context, step, call, sink);
    }
}
