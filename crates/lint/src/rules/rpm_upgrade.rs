//! # rpm-upgrade
//!
//! ## What it does
//! Finds `yum update`, `dnf upgrade` and their like for all packages.
//!
//! ## Why
//! What is upgraded depends on the day of the build, and each upgraded file is in the image twice: in the base image
//! and in the new layer. A newer base image has the same fixes.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM fedora:42
//! RUN dnf upgrade -y && dnf clean all
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM fedora:42
//! RUN dnf upgrade -y openssl-libs && dnf clean all
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::Severity;

pub(crate) static RULE: Rule = Rule {
    code: "CO615",
    name: "rpm-upgrade",
    aliases: &[
        "avoid-yum-update",
        "avoid-dnf-update",
        "yum_update_disabled",
        "run_using_dnf_update",
        "AC_DOCKER_0003",
        "AC_DOCKER_0029",
    ],
    severity: Severity::Info,
    summary: "yum or dnf upgrades all packages of the base image",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("rpm_upgrade.rs"),
};

fn check(_context: &Context<'_>, _step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    let upgrades = matches!(call.verb(), Verb::Upgrade | Verb::Replace) && !call.says("update-minimal");
    if matches!(call.manager().name, "dnf" | "yum") && upgrades && call.operands().next().is_none() {
        sink.report(call.head(), "all packages of the base image are upgraded")
            .help("build on a newer base image; upgrade single packages by name where that cannot wait");
    }
}
