//! # apt-without-yes
//!
//! ## What it does
//! Finds `apt-get install` without `-y`, `-qq` or their like.
//!
//! ## Why
//! There is nobody to answer its question, so the build stops as soon as a package needs another one.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN apt-get update && apt-get install --no-install-recommends curl && rm -rf /var/lib/apt/lists/*
//! USER 1000
//! ```
//! ```dockerfile,fixed
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
use crate::packages::{Call, Verb, add_option, is_answered};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::{Safety, Severity};

pub(crate) static RULE: Rule = Rule {
    code: "CO603",
    name: "apt-without-yes",
    aliases: &[
        "DL3014",
        "DS-0021",
        "missing-assume-yes-switch",
        "apt_get_missing_flags_to_avoid_manual_input",
        "apt_get_missing_yes_flag_to_avoid_manual_input",
    ],
    severity: Severity::Warning,
    summary: "apt-get install asks a question that nobody answers",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("apt_without_yes.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    if !call.is("apt", Verb::Install) || agrees(call) {
        return;
    }
    let may_agree = call.item.command.args().iter().any(|arg| arg.expands);
    if is_otherwise(call) || !may_agree && is_answered(step, call) {
        sink.report(call.head(), format!("`{} install` is answered by a detour", call.program()))
            .severity(Severity::Style)
            .help("write `-y`, which says it plainly")
            .unlike_hadolint(call.program() != "apt-get");
        return;
    }
    if is_answered(step, call) || is_configured(context, call) {
        return;
    }
    let draft = sink
        .report(call.head(), format!("`{} install` waits for an answer", call.program()))
        .help("add `-y`: there is nobody to answer")
        .unlike_hadolint(call.program() != "apt-get");
    if let Some(edit) = add_option(context, call, "-y") {
        draft.fix("add `-y`", Safety::Safe, vec![edit]);
    }
}

/// Whether an option says plainly that nothing is to be asked, or nothing is installed.
fn agrees(call: &Call<'_, '_>) -> bool {
    let quiet = call.count('q') + call.count_long("--quiet");
    call.has(&["-y", "--yes", "--assume-yes", "-s", "--simulate", "--dry-run", "--just-print", "--no-act"])
        || quiet == 2
        || call.item.command.args().iter().any(|arg| arg.text == "-q=2")
}

/// Whether it is said in another way.
fn is_otherwise(call: &Call<'_, '_>) -> bool {
    let quiet = call.values(&["-q", "--quiet"]).filter_map(|level| level.parse::<usize>().ok()).max();
    let setting =
        |value: &str| value.to_ascii_lowercase().contains("assume-yes=") && !value.contains("false");
    quiet.is_some_and(|level| level >= 2)
        || call.count('q') > 2
        || call.values(&["-o", "--option"]).any(setting)
}

/// Whether a file written before says so.
fn is_configured(context: &Context<'_>, call: &Call<'_, '_>) -> bool {
    let before = context.text().get(..call.head().start as usize).unwrap_or_default();
    before.contains("Get::Assume-Yes")
}
