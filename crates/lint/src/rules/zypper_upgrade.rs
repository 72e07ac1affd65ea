//! # zypper-upgrade
//!
//! ## What it does
//! Finds `zypper update` and `zypper patch` of all packages.
//!
//! ## Why
//! What is upgraded depends on the day of the build, and each upgraded file is in the image twice: in the base image
//! and in the new layer. A newer base image has the same fixes.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM opensuse/leap:15.6
//! RUN zypper -n update && zypper clean --all
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM opensuse/leap:15.6
//! RUN zypper -n update openssl && zypper clean --all
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::Severity;

pub(crate) static RULE: Rule = Rule {
    code: "CO623",
    name: "zypper-upgrade",
    aliases: &["avoid-zypper-update", "run_using_zypper_update"],
    severity: Severity::Info,
    summary: "zypper upgrades all packages of the base image",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("zypper_upgrade.rs"),
};

fn check(_context: &Context<'_>, _step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    if call.is("zypper", Verb::Upgrade) && call.operands().next().is_none() {
        sink.report(call.head(), "all packages of the base image are upgraded")
            .help("build on a newer base image; upgrade single packages by name where that cannot wait");
    }
}
