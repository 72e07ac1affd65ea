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
    if !call.is("apt", Verb::Install)
        || agrees(call)
        || is_answered(step, call)
        || is_configured(context, call)
    {
        return;
    }
    let draft = sink
        .report(call.head(), format!("`{} install` waits for an answer", call.program()))
        .help("add `-y`: there is nobody to answer");
    if let Some(edit) = add_option(context, call, "-y") {
        draft.fix("add `-y`", Safety::Safe, vec![edit]);
    }
}

fn agrees(call: &Call<'_, '_>) -> bool {
    let quiet: usize =
        call.values(&["-q", "--quiet"]).filter_map(|level| level.parse().ok()).max().unwrap_or(0);
    let loud = call.count('q') + call.count_long("--quiet");
    let setting =
        |value: &str| value.to_ascii_lowercase().contains("assume-yes=") && !value.contains("false");
    call.has(&["-y", "--yes", "--assume-yes", "-s", "--simulate", "--dry-run", "--just-print", "--no-act"])
        || quiet >= 2
        || loud >= 2
        || call.values(&["-o", "--option"]).any(setting)
}

/// Whether a file written before says so.
fn is_configured(context: &Context<'_>, call: &Call<'_, '_>) -> bool {
    let before = context.text().get(..call.head().start as usize).unwrap_or_default();
    before.contains("Get::Assume-Yes")
}
