//! # apt-lists-kept
//!
//! ## What it does
//! Finds RUN instructions that fetch the package lists of apt and leave them in a layer of an image. Lists below a
//! cache mount are in no layer.
//!
//! ## Why
//! The lists are some 20 megabytes, are out of date soon, and nothing needs them at run time. Removing them in a
//! later instruction leaves them in the layer below.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN apt-get update && apt-get install -y --no-install-recommends curl
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*
//! USER 1000
//! ```
//! A fix is offered where no later RUN needs the lists:
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN apt-get update
//! RUN apt-get install -y --no-install-recommends curl
//! USER 1000
//! ```
//! ```dockerfile,bad
//! FROM registry.example.com/base:1
//! USER 1000
//! RUN sudo apt-get update && sudo apt-get install -y --no-install-recommends curl=8.*
//! ```
//! ```dockerfile,fixed
//! FROM registry.example.com/base:1
//! USER 1000
//! RUN sudo apt-get update && sudo apt-get install -y --no-install-recommends curl=8.* && sudo rm -rf /var/lib/apt/lists/*
//! ```
//! ```dockerfile,bad
//! FROM registry.example.com/base:1
//! RUN --mount=type=cache,target=/var/lib/apt,sharing=locked \
//!     apt-get update && apt-get install -y --no-install-recommends curl=8.*
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
//!     --mount=type=cache,target=/var/lib/apt,sharing=locked \
//!     apt-get update && apt-get install -y --no-install-recommends curl
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::{MountPoint, Step};
use crate::packages::{Call, Verb, append, clears, has_removal, is_kept, is_mounted, keeps_cache};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::{Effect, Safety, Severity};
use std::borrow::Cow;

pub(crate) static RULE: Rule = Rule {
    code: "CO602",
    name: "apt-lists-kept",
    aliases: &[
        "DL3009",
        "DKL-DI-0005",
        "remove-package-lists",
        "apt_get_install_lists_were_not_deleted",
        "S6587",
        "remove-package-cache",
    ],
    severity: Severity::Info,
    summary: "the package lists of apt stay in the layer",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("apt_lists_kept.rs"),
};

/// Where apt keeps its lists.
const LISTS: &str = "/var/lib/apt/lists";

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    let run = call.run;
    if !call.is("apt", Verb::Refresh) || !is_kept(context, step) {
        return;
    }
    let refreshes = |other: &Call<'_, '_>| other.is("apt", Verb::Refresh);
    let first = run.calls().find(refreshes).is_some_and(|first| first.head() == call.head());
    if first && is_half_mounted(context, step, call) {
        sink.report(
            call.head(),
            "the package lists lie in a mount, but what is downloaded stays in the layer",
        )
        .help("mount the other directory, too: `--mount=type=cache,target=/var/cache/apt`");
        return;
    }
    if !first || clears(step, run, Some(call), LISTS) || run.calls().any(|other| is_dist_clean(&other)) {
        return;
    }
    let draft = sink
        .report(call.head(), "the package lists stay in the layer")
        .help("remove them in the same RUN, or keep them in a cache mount: `--mount=type=cache,target=/var/lib/apt`")
        .unlike_hadolint(has_removal(run));
    if is_needed_later(context, step) {
        return;
    }
    let last = run.calls().rfind(|call| call.manager().name == "apt");
    if let Some(edit) = last.and_then(|last| append(context, &last, "rm -rf /var/lib/apt/lists/*")) {
        draft
            .fix("remove the lists in the same RUN", Safety::Safe, vec![edit])
            .effects([Effect::Removes(Cow::Borrowed(LISTS))]);
    }
}

/// Whether all that apt knows lies in a mount and what it downloads does not. Official images remove the latter themselves.
fn is_half_mounted(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>) -> bool {
    let at_home = |mount: &MountPoint| mount.target.as_deref() == Some("/var/lib/apt");
    let mounted = call.run.mounts.iter().any(at_home) && is_mounted(call.run, LISTS);
    let official = context.root_image(step.stage).is_some_and(|(name, _)| !name.contains('.'));
    mounted && !official && keeps_cache(step, call, &["/var/cache/apt"])
}

/// Whether a later RUN installs with the lists of this one.
fn is_needed_later(context: &Context<'_>, step: &Step<'_>) -> bool {
    let children = context.stages.iter().filter(|other| context.chain(other.index).contains(&step.stage));
    let steps = children.flat_map(|stage| &stage.steps);
    let mut later = steps.filter(|other| other.stage != step.stage || other.index > step.index);
    later.any(|other| {
        let first = other.run().and_then(|run| {
            run.calls().find(|call| {
                call.manager().name == "apt" && !matches!(call.verb(), Verb::Clean | Verb::Remove)
            })
        });
        first.is_some_and(|call| call.verb() != Verb::Refresh)
    })
}

/// Since apt 2.7 there is a verb that removes the lists.
fn is_dist_clean(call: &Call<'_, '_>) -> bool {
    call.says("distclean") || call.says("dist-clean")
}
