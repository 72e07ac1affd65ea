//! # apk-upgrade
//!
//! ## What it does
//! Finds `apk upgrade` of all packages.
//!
//! ## Why
//! What is upgraded depends on the day of the build, and each upgraded file is in the image twice: in the base image
//! and in the new layer. A newer base image has the same fixes.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM alpine:3.22
//! RUN apk upgrade --no-cache
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM alpine:3.22.1
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::Severity;

pub(crate) static RULE: Rule = Rule {
    code: "CO610",
    name: "apk-upgrade",
    aliases: &["DKL-DI-0003", "avoid-apk-upgrade", "use_of_apk_upgrade", "AC_DOCKER_0039"],
    severity: Severity::Info,
    summary: "apk upgrades all packages of the base image",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("apk_upgrade.rs"),
};

fn check(_context: &Context<'_>, _step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    if call.is("apk", Verb::Upgrade) && call.operands().next().is_none() {
        sink.report(call.head(), "all packages of the base image are upgraded")
            .help("build on a newer base image; upgrade single packages by name where that cannot wait");
    }
}
