//! # cache-mount-unlocked
//!
//! ## What it does
//! Finds cache mounts for apt without `sharing=locked`.
//!
//! ## Why
//! apt needs its directories for itself: of two builds at the same time, one fails because the other holds the lock.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN --mount=type=cache,target=/var/cache/apt --mount=type=cache,target=/var/lib/apt apt-get update && apt-get install -y --no-install-recommends curl=8.*
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! RUN --mount=type=cache,target=/var/cache/apt,sharing=locked --mount=type=cache,target=/var/lib/apt,sharing=locked apt-get update && apt-get install -y --no-install-recommends curl=8.*
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN --mount=type=cache,target=/var/cache/apt,sharing=locked --mount=type=cache,target=/var/lib/apt,sharing=private apt-get update && apt-get install -y --no-install-recommends curl=8.*
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::paths::is_within;
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::{Safety, Severity};
use kit::{Edit, TextRange};
use syntax::MountKind;

pub(crate) static RULE: Rule = Rule {
    code: "CO727",
    name: "cache-mount-unlocked",
    aliases: &[],
    severity: Severity::Info,
    summary: "builds that run side by side share a cache of apt",
    enabled: true,
    check: Check::StepOrTrigger(check),
    source: include_str!("cache_mount_unlocked.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(run) = step.run().filter(|run| run.calls().any(|call| call.manager().name == "apt")) else {
        return;
    };
    for point in run.mounts.iter().filter(|point| point.mount.kind == MountKind::Cache) {
        let apt = point.target.as_deref().is_some_and(|target| APT.iter().any(|dir| is_within(target, dir)));
        let written = point.range.slice(context.text());
        if !apt || written.contains("sharing") {
            continue;
        }
        let draft = sink
            .report(point.range, "two builds at the same time get in each other's way")
            .help("add `sharing=locked`");
        let plain = !written.contains(['"', '\'']) && written.contains("type=cache");
        if plain && !written.ends_with(',') {
            let edit = Edit {
                range: TextRange::new(point.range.end, point.range.end),
                replacement: ",sharing=locked".to_owned(),
            };
            draft.fix("add `sharing=locked`", Safety::Safe, vec![edit]);
        }
    }
}

/// What apt locks.
const APT: &[&str] = &["/var/cache/apt", "/var/lib/apt"];
