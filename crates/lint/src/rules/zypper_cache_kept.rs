//! # zypper-cache-kept
//!
//! ## What it does
//! Finds `zypper install` in a RUN that leaves its cache in a layer of an image. A cache in a mount is in no layer.
//!
//! ## Why
//! The cache makes the image larger, and nothing needs it at run time. Removing it in a later instruction leaves it
//! in the layer below.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM opensuse/leap:15.6
//! RUN zypper install -y vim=9.1
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM opensuse/leap:15.6
//! RUN zypper install -y vim=9.1 && zypper clean --all
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM opensuse/leap:15.6
//! RUN --mount=type=cache,target=/var/cache/zypp,sharing=locked zypper install -y vim=9.1
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb, append, is_cleaned_behind_first, is_kept, is_mounted, keeps_cache};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::{Effect, Safety, Severity};
use std::borrow::Cow;

pub(crate) static RULE: Rule = Rule {
    code: "CO621",
    name: "zypper-cache-kept",
    aliases: &["DL3036", "DS-0020", "missing-zypper-clean", "missing_zypper_clean"],
    severity: Severity::Warning,
    summary: "the cache of zypper stays in the layer",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("zypper_cache_kept.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    if !is_kept(context, step) || !leaves_cache(step, call) {
        return;
    }
    let program = call.program();
    let command = format!("{program} clean --all");
    let draft = sink.report(call.head(), format!("the cache of `{program}` stays in the layer")).help(
        format!("add `{command}` to the RUN, or a cache mount: `--mount=type=cache,target={}`", CACHES[0]),
    );
    let mounted = is_mounted(call.run, "/var/cache/zypper");
    let draft = draft.unlike_hadolint(mounted || is_cleaned_behind_first(call, fills));
    if let Some(edit) = append(context, call, &command) {
        draft
            .fix("clean up in the same RUN", Safety::Safe, vec![edit])
            .effects(CACHES.iter().map(|dir| Effect::Removes(Cow::Borrowed(*dir))));
    }
}

/// Whether a call leaves its cache in the layer, of whatever stage that is.
pub(super) fn leaves_cache(step: &Step<'_>, call: &Call<'_, '_>) -> bool {
    let same = |other: &Call<'_, '_>| fills(other) && other.program() == call.program();
    fills(call)
        && keeps_cache(step, call, CACHES)
        && call.run.calls().rfind(same).is_none_or(|last| last.head() == call.head())
}

/// Whether a call fills the cache. The rest is for the rule `package-cache-kept`, as other tools pass over it.
pub(super) fn fills(call: &Call<'_, '_>) -> bool {
    call.is("zypper", Verb::Install)
}

/// Where the cache is.
const CACHES: &[&str] = &["/var/cache/zypp"];
