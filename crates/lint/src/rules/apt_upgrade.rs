//! # apt-upgrade
//!
//! ## What it does
//! Finds `apt-get upgrade`. For `dist-upgrade` there is the rule `apt-dist-upgrade`.
//!
//! ## Why
//! What is upgraded depends on the day of the build, and each upgraded file is in the image twice: in the base image
//! and in the new layer. A newer base image has the same fixes.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN apt-get update && apt-get upgrade -y && rm -rf /var/lib/apt/lists/*
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12.11-slim
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::Severity;

pub(crate) static RULE: Rule = Rule {
    code: "CO607",
    name: "apt-upgrade",
    aliases: &["DKL-DI-0003", "avoid-apt-get-upgrade", "run_using_upgrade_commands", "AC_DOCKER_0052"],
    severity: Severity::Info,
    summary: "apt-get upgrades all packages of the base image",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("apt_upgrade.rs"),
};

fn check(_context: &Context<'_>, _step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    if call.manager().name == "apt" && call.verb() == Verb::Upgrade && call.operands().next().is_none() {
        sink.report(call.head(), "all packages of the base image are upgraded")
            .help("build on a newer base image; upgrade single packages by name where that cannot wait");
    }
}
