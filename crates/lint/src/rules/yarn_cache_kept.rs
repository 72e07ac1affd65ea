//! # yarn-cache-kept
//!
//! ## What it does
//! Finds `yarn install` in a RUN that leaves its cache in a layer of an image. A cache in a mount is in no layer.
//! `yarn` alone and `yarn add` are for the rule `package-cache-kept`.
//!
//! ## Why
//! The cache makes the image larger, and nothing needs it at run time. Removing it in a later instruction leaves it
//! in the layer below.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM node:22-slim
//! RUN yarn install --frozen-lockfile
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM node:22-slim
//! RUN yarn install --frozen-lockfile && yarn cache clean
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM node:22-slim
//! RUN --mount=type=cache,target=/usr/local/share/.cache/yarn,sharing=locked yarn install --frozen-lockfile
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM node:22-slim
//! RUN yarn install --frozen-lockfile && rm -rf "$(yarn cache dir)"
//! USER node
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb, append, is_cleaned_behind_first, is_kept, keeps_cache};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::{Effect, Safety, Severity};
use std::borrow::Cow;

pub(crate) static RULE: Rule = Rule {
    code: "CO635",
    name: "yarn-cache-kept",
    aliases: &["DL3060"],
    severity: Severity::Info,
    summary: "the cache of yarn stays in the layer",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("yarn_cache_kept.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    let own = call.values(&["--cache-folder"]).next();
    let dirs = own.map_or_else(|| CACHES.to_vec(), |dir| vec![dir]);
    if !fills(call) || !is_kept(context, step) || !keeps_cache(step, call, &dirs) {
        return;
    }
    let same = |other: &Call<'_, '_>| fills(other) && other.program() == call.program();
    if call.run.calls().rfind(same).is_some_and(|last| last.head() != call.head()) {
        return;
    }
    let command = "yarn cache clean";
    let draft = sink.report(call.head(), "the cache of yarn stays in the layer").help(format!(
        "add `{command}` to the RUN, or a cache mount: `--mount=type=cache,target={}`",
        CACHES[0]
    ));
    let draft = draft.unlike_hadolint(is_cleaned_behind_first(call, fills));
    if let Some(edit) = append(context, call, command) {
        // From version 2 on, packages can be used right from the cache. These options are those of version 1.
        let classic = call.has(&["--production", "--prod", "--pure-lockfile"]);
        let safety = if classic { Safety::Safe } else { Safety::Unsafe };
        draft
            .fix("clean up in the same RUN", safety, vec![edit])
            .effects(CACHES.iter().map(|dir| Effect::Removes(Cow::Borrowed(*dir))));
    }
}

/// Whether a call fills the cache. The rest is for the rule `package-cache-kept`, as other tools pass over it.
pub(super) fn fills(call: &Call<'_, '_>) -> bool {
    call.is("yarn", Verb::Install) && call.says("install")
}

/// Where the cache is.
const CACHES: &[&str] = &["/usr/local/share/.cache/yarn", "/root/.cache/yarn", "/root/.yarn"];
