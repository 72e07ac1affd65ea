//! # apt-archives-kept
//!
//! ## What it does
//! Finds `apt-get install` without `apt-get clean` in the same RUN. Official images of Debian and Ubuntu clean up
//! after each command by themselves, so nothing is found on them.
//!
//! ## Why
//! What apt has downloaded stays in `/var/cache/apt/archives`.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM registry.example.com/base:1
//! RUN apt-get update && apt-get install -y --no-install-recommends curl=8.* && rm -rf /var/lib/apt/lists/*
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM registry.example.com/base:1
//! RUN apt-get update && apt-get install -y --no-install-recommends curl=8.* && rm -rf /var/lib/apt/lists/* && apt-get clean
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN apt-get update && apt-get install -y --no-install-recommends curl=8.* && rm -rf /var/lib/apt/lists/*
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb, append, is_kept, keeps_cache};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::{Effect, Safety, Severity};
use std::borrow::Cow;

pub(crate) static RULE: Rule = Rule {
    code: "CO626",
    name: "apt-archives-kept",
    aliases: &["apt_get_clean"],
    severity: Severity::Style,
    summary: "apt-get clean is missing",
    enabled: false,
    check: Check::Call(check),
    source: include_str!("apt_archives_kept.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    let official = context.root_image(step.stage).is_some_and(|(name, _)| !name.contains('.'));
    if !call.is("apt", Verb::Install)
        || official
        || !is_kept(context, step)
        || !keeps_cache(step, call, &["/var/cache/apt/archives"])
    {
        return;
    }
    let draft =
        sink.report(call.head(), "what apt has downloaded may stay in the layer").help("add `apt-get clean`");
    if let Some(edit) = append(context, call, "apt-get clean") {
        draft
            .fix("add `apt-get clean`", Safety::Safe, vec![edit])
            .effects([Effect::Removes(Cow::Borrowed("/var/cache/apt"))]);
    }
}
