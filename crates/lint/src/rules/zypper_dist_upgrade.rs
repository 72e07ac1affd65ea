//! # zypper-dist-upgrade
//!
//! ## What it does
//! Finds `zypper dist-upgrade` and `zypper dup`.
//!
//! ## Why
//! It may replace and remove packages as it likes, so what is in the image depends on the day of the build. A newer
//! base image is the same, tested.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM opensuse/leap:15.6
//! RUN zypper -n dup && zypper clean --all
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM opensuse/leap:16.0
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::Severity;

pub(crate) static RULE: Rule = Rule {
    code: "CO620",
    name: "zypper-dist-upgrade",
    aliases: &["DL3035"],
    severity: Severity::Warning,
    summary: "zypper upgrades the distribution",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("zypper_dist_upgrade.rs"),
};

fn check(_context: &Context<'_>, _step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    if call.is("zypper", Verb::Replace) {
        sink.report(call.head(), "the distribution is upgraded").help("build on a newer base image");
    }
}
