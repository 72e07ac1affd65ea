//! # yum-cache-kept
//!
//! ## What it does
//! Finds `yum install` in a RUN that leaves its cache in a layer of an image. A cache in a mount is in no layer.
//!
//! ## Why
//! The cache makes the image larger, and nothing needs it at run time. Removing it in a later instruction leaves it
//! in the layer below.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM centos:7
//! RUN yum install -y vim-9.1
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM centos:7
//! RUN yum install -y vim-9.1 && yum clean all
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM centos:7
//! RUN --mount=type=cache,target=/var/cache/yum,sharing=locked yum install -y vim-9.1
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb, append, is_cleaned_behind_first, is_kept, is_last_to_fill};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::{Effect, Safety, Severity};
use std::borrow::Cow;

pub(crate) static RULE: Rule = Rule {
    code: "CO613",
    name: "yum-cache-kept",
    aliases: &["DL3032", "DS-0015", "yum_clean_all_missing", "AC_DOCKER_0009", "missing-yum-clean-all"],
    severity: Severity::Warning,
    summary: "the cache of yum stays in the layer",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("yum_cache_kept.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    if !is_kept(context, step) || !leaves_cache(step, call) {
        return;
    }
    let program = call.program();
    let command = format!("{program} clean all");
    let draft = sink.report(call.head(), format!("the cache of `{program}` stays in the layer")).help(
        format!("add `{command}` to the RUN, or a cache mount: `--mount=type=cache,target={}`", CACHES[0]),
    );
    let draft = draft.unlike_hadolint(is_cleaned_behind_first(call, fills));
    if let Some(edit) = append(context, call, &command) {
        draft
            .fix("clean up in the same RUN", Safety::Safe, vec![edit])
            .effects(CACHES.iter().map(|dir| Effect::Removes(Cow::Borrowed(*dir))));
    }
}

/// Whether a call leaves its cache in the layer, of whatever stage that is.
pub(super) fn leaves_cache(step: &Step<'_>, call: &Call<'_, '_>) -> bool {
    is_last_to_fill(step, call, CACHES, fills)
}

/// Whether a call fills the cache. The rest is for the rule `package-cache-kept`, as other tools pass over it.
pub(super) fn fills(call: &Call<'_, '_>) -> bool {
    call.is("yum", Verb::Install)
        && !["groupinstall", "localinstall", "reinstall"].iter().any(|verb| call.says(verb))
}

/// Where the cache is.
const CACHES: &[&str] = &["/var/cache/yum", "/var/cache/dnf"];
