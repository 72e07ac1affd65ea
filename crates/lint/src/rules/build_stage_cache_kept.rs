//! # build-stage-cache-kept
//!
//! ## What it does
//! Finds installations by apk, dnf, yum, zypper and pip that leave a cache in a layer of a stage whose layers are in no
//! image.
//!
//! ## Why
//! The cache makes the cache of the build larger, not the image; a mount makes it smaller, and the next build faster.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM python:3.13-slim AS build
//! RUN pip install --prefix /out flask==3.1.0
//! FROM python:3.13-slim
//! COPY --from=build /out /usr/local
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM python:3.13-slim AS build
//! RUN pip install --no-cache-dir --prefix /out flask==3.1.0
//! FROM python:3.13-slim
//! COPY --from=build /out /usr/local
//! USER 1000
//! ```

use facts::Severity;

use super::{apk_cache_kept, dnf_cache_kept, pip_cache_kept, yum_cache_kept, zypper_cache_kept};
use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, is_kept};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO731",
    name: "build-stage-cache-kept",
    aliases: &["DL3019", "DL3032", "DL3036", "DL3040", "DL3042"],
    severity: Severity::Style,
    summary: "the cache of a package manager stays in a layer of a stage that is no image",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("build_stage_cache_kept.rs"),
};

/// What the finding is called elsewhere, and whether a call leaves its cache.
type Known = (&'static str, fn(&Step<'_>, &Call<'_, '_>) -> bool);

const MANAGERS: &[Known] = &[
    ("DL3019", |_, call| apk_cache_kept::leaves_index(call)),
    ("DL3032", yum_cache_kept::leaves_cache),
    ("DL3036", zypper_cache_kept::leaves_cache),
    ("DL3040", dnf_cache_kept::leaves_cache),
    ("DL3042", pip_cache_kept::leaves_cache),
];

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    if is_kept(context, step) {
        return;
    }
    if let Some((alias, _)) = MANAGERS.iter().find(|(_, leaves)| leaves(step, call)) {
        sink.report(call.head(), format!("the cache of `{}` stays in a layer of the build", call.program()))
            .help("mount a cache there, which makes the next build faster, too")
            .aliases([*alias]);
    }
}
