//! # dnf-cache-kept
//!
//! ## What it does
//! Finds `dnf install` in a RUN that leaves its cache in a layer of an image. A cache in a mount is in no layer.
//!
//! ## Why
//! The cache makes the image larger, and nothing needs it at run time. Removing it in a later instruction leaves it
//! in the layer below.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM fedora:42
//! RUN dnf install -y vim-9.1
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM fedora:42
//! RUN dnf install -y vim-9.1 && dnf clean all
//! USER 1000
//! ```
//! Version 5 of dnf, which Fedora has since 41, has another directory than those before it:
//! ```dockerfile,bad
//! FROM fedora:42
//! RUN --mount=type=cache,target=/var/cache/dnf,sharing=locked dnf install -y vim-9.1
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM rockylinux:9
//! RUN --mount=type=cache,target=/var/cache/dnf,sharing=locked dnf install -y vim-9.1
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM fedora:42
//! RUN --mount=type=cache,target=/var/cache/libdnf5,sharing=locked dnf install -y vim-9.1
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb, append, is_cleaned_behind_first, is_kept, is_last_to_fill, is_mounted};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::{Effect, Safety, Severity};
use std::borrow::Cow;

pub(crate) static RULE: Rule = Rule {
    code: "CO617",
    name: "dnf-cache-kept",
    aliases: &["DL3040", "DS-0019", "DS-0027", "missing-dnf-clean-all", "missing_dnf_clean_all"],
    severity: Severity::Warning,
    summary: "the cache of dnf stays in the layer",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("dnf_cache_kept.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    if !is_kept(context, step) {
        return;
    }
    let program = call.program();
    if is_beside_mount(context, step, call) {
        sink.report(
            call.head(),
            format!("version 5 of `{program}` keeps its cache elsewhere than in the mount"),
        )
        .help(format!("mount `{}` too, or add `{program} clean all`", CACHES[0]));
        return;
    }
    if !leaves_cache(step, call) {
        return;
    }
    let command = format!("{program} clean all");
    let draft = sink.report(call.head(), format!("the cache of `{program}` stays in the layer")).help(
        format!("add `{command}` to the RUN, or a cache mount: `--mount=type=cache,target={}`", CACHES[0]),
    );
    let draft = draft.aliases(RULE.aliases.iter().copied().filter(|alias| *alias != other(program)));
    let draft = draft.unlike_hadolint(is_cleaned_behind_first(call, fills));
    if let Some(edit) = append(context, call, &command) {
        draft
            .fix("clean up in the same RUN", Safety::Safe, vec![edit])
            .effects(CACHES.iter().map(|dir| Effect::Removes(Cow::Borrowed(*dir))));
    }
}

/// Whether a mount is where older versions kept the cache alone, and the version here may be a newer one.
fn is_beside_mount(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>) -> bool {
    let (new, old) = CACHES.split_at(1);
    let may_be_new = match context.root_image(step.stage) {
        Some((name, tag)) => {
            let number = tag.and_then(|tag| tag.split(['-', '.']).next()?.parse::<u32>().ok());
            name == "fedora" && number.is_none_or(|number| number >= 41)
        }
        None => true,
    };
    may_be_new && old.iter().any(|dir| is_mounted(call.run, dir)) && is_last_to_fill(step, call, new, fills)
}

/// Whether a call leaves its cache in the layer, of whatever stage that is.
pub(super) fn leaves_cache(step: &Step<'_>, call: &Call<'_, '_>) -> bool {
    is_last_to_fill(step, call, CACHES, fills)
}

/// Whether a call fills the cache. The rest is for the rule `package-cache-kept`, as other tools pass over it.
pub(super) fn fills(call: &Call<'_, '_>) -> bool {
    call.manager().name == "dnf"
        && matches!(call.program(), "dnf" | "microdnf")
        && matches!(call.verb(), Verb::Install | Verb::Upgrade)
        && !["groupinstall", "localinstall", "update"].iter().any(|verb| call.says(verb))
}

/// What trivy calls the same for the other program.
fn other(program: &str) -> &'static str {
    if program == "microdnf" { "DS-0019" } else { "DS-0027" }
}

/// Where the cache is.
const CACHES: &[&str] = &["/var/cache/libdnf5", "/var/cache/dnf", "/var/cache/yum", "/var/cache/microdnf"];
