//! # apt-recommends
//!
//! ## What it does
//! Finds `apt-get install` without `--no-install-recommends`.
//!
//! ## Why
//! Recommended packages are mostly not needed in a container. They make the image larger and give attackers more to
//! work with.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! RUN apt-get update && apt-get install --no-install-recommends -y curl && rm -rf /var/lib/apt/lists/*
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN apt-get update && apt-get install -y --no-install-recommends curl=7.88.* && rm -rf /var/lib/apt/lists/*
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb, add_option};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::{Effect, Safety, Severity};
use std::borrow::Cow;

pub(crate) static RULE: Rule = Rule {
    code: "CO604",
    name: "apt-recommends",
    aliases: &[
        "DL3015",
        "DS-0029",
        "missing-no-install-recommends",
        "apt_get_not_avoiding_additional_packages",
        "S6500",
    ],
    severity: Severity::Info,
    summary: "apt-get install gets recommended packages, too",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("apt_recommends.rs"),
};

fn check(context: &Context<'_>, _step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    if !call.is("apt", Verb::Install) || is_decided(call) {
        return;
    }
    if let Some(message) = is_otherwise(call) {
        sink.report(call.head(), message)
            .severity(Severity::Style)
            .help("write `--no-install-recommends`, which says it plainly, or nothing")
            .unlike_hadolint(call.program() != "apt-get");
        return;
    }
    if is_configured(context, call) {
        return;
    }
    let draft = sink
        .report(call.head(), "recommended packages are installed, too")
        .help("add `--no-install-recommends`, and name what is missing then")
        .unlike_hadolint(call.program() != "apt-get");
    if let Some(edit) = add_option(context, call, "--no-install-recommends") {
        draft
            .fix("add `--no-install-recommends`", Safety::Unsafe, vec![edit])
            .effects([Effect::Changes(Cow::Borrowed("/"))]);
    }
}

/// Whether an option says that only what is named is to be installed.
fn is_decided(call: &Call<'_, '_>) -> bool {
    let words = ["--no-install-recommends", "-R", "--without-recommends"];
    let set = || call.item.command.args().iter().any(|arg| arg.text == "APT::Install-Recommends=false");
    call.has(if call.program() == "aptitude" { &words } else { &words[..1] }) || set()
}

/// Whether it is decided by a setting, or for the packages.
fn is_otherwise(call: &Call<'_, '_>) -> Option<&'static str> {
    let setting = |value: &str| value.to_ascii_lowercase().contains("install-recommends");
    if call.has(&["--install-recommends"]) {
        return Some("recommended packages are asked for");
    }
    let set = call.values(&["-o", "--option"]).any(setting);
    set.then_some("a setting decides about recommended packages")
}

/// Whether a file written before says so.
fn is_configured(context: &Context<'_>, call: &Call<'_, '_>) -> bool {
    let before = context.text().get(..call.head().start as usize).unwrap_or_default();
    before.contains("APT::Install-Recommends")
}
