//! # apk-cache-kept
//!
//! ## What it does
//! Finds `apk add` without `--no-cache`, where its cache is not in a mount.
//!
//! ## Why
//! With `--no-cache` apk fetches a fresh index and leaves none behind, so that neither `apk update` nor removing
//! `/var/cache/apk` is needed.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM alpine:3.22
//! RUN apk add curl~8.14
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM alpine:3.22
//! RUN apk add --no-cache curl~8.14
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM alpine:3.22
//! RUN --mount=type=cache,target=/etc/apk/cache apk add curl~8.14
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb, add_option, is_kept, is_mounted};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::{Effect, Safety, Severity};
use std::borrow::Cow;

pub(crate) static RULE: Rule = Rule {
    code: "CO609",
    name: "apk-cache-kept",
    aliases: &["DL3019", "DS-0025", "DKL-DI-0004", "missing-apk-no-cache", "apk_add_using_local_cache_path"],
    severity: Severity::Info,
    summary: "apk add leaves its index in the layer",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("apk_cache_kept.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    if !is_kept(context, step) || !leaves_index(call) {
        return;
    }
    let draft = sink
        .report(call.head(), "the index of apk is kept in the layer, or has to be removed")
        .help("use `apk add --no-cache`, or a cache mount at `/etc/apk/cache`");
    // An index of this RUN is newer than what `--no-cache` fetches only by a moment.
    if let Some(edit) = add_option(context, call, "--no-cache") {
        draft.fix("add `--no-cache`", Safety::Safe, vec![edit]).effects([
            Effect::Removes(Cow::Borrowed("/var/cache/apk")),
            Effect::Changes(Cow::Borrowed("/lib/apk/db")),
        ]);
    }
}

/// Whether a call leaves the index in the layer, of whatever stage that is.
pub(super) fn leaves_index(call: &Call<'_, '_>) -> bool {
    call.is("apk", Verb::Install)
        && !call.has(&["--no-cache", "--no-network", "--root", "-p"])
        && !["/var/cache/apk", "/etc/apk/cache"].iter().any(|dir| is_mounted(call.run, dir))
}
