//! # apt-dist-upgrade
//!
//! ## What it does
//! Finds `apt-get dist-upgrade` and `full-upgrade`.
//!
//! ## Why
//! All packages of the base image are upgraded, and some may be removed or replaced by others: the image is no longer the
//! one that the tag of the base names, and every build gives another one.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! RUN apt-get update && apt-get -y dist-upgrade && rm -rf /var/lib/apt/lists/*
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12.9
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::Severity;

pub(crate) static RULE: Rule = Rule {
    code: "CO644",
    name: "apt-dist-upgrade",
    aliases: &[
        "DS-0024",
        "DKL-DI-0003",
        "avoid-apt-get-upgrade",
        "run_using_upgrade_commands",
        "AC_DOCKER_0052",
    ],
    severity: Severity::Info,
    summary: "apt-get replaces packages of the base image",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("apt_dist_upgrade.rs"),
};

fn check(_context: &Context<'_>, _step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    if call.manager().name == "apt" && call.verb() == Verb::Replace && call.operands().next().is_none() {
        sink.report(call.head(), "all packages of the base image are upgraded, and some may be replaced")
            .help("build on a newer base image; upgrade single packages by name where that cannot wait");
    }
}
