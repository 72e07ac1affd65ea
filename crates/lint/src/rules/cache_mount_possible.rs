//! # cache-mount-possible
//!
//! ## What it does
//! Finds installations by a package manager without a cache mount for its cache.
//!
//! ## Why
//! With `--mount=type=cache` what was downloaded is there for the next build, also when the step runs again, and is
//! in no layer: neither options against caches nor clean-up is needed.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM python:3.13-slim
//! RUN pip install -r requirements.txt
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM python:3.13-slim
//! RUN --mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt
//! USER 1000
//! ```
//! ```dockerfile,bad
//! FROM alpine:3.22
//! RUN apk add --no-cache bash
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM alpine:3.22
//! RUN --mount=type=cache,target=/var/cache/apk apk add --update-cache bash
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM python:3.13-slim
//! RUN --mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt
//! USER 1000
//! ```

use super::cache_mount_unused::filling;
use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb, is_mounted};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::{Effect, Safety, Severity};
use kit::{Edit, TextRange};
use std::borrow::Cow;
use syntax::Statement;

pub(crate) static RULE: Rule = Rule {
    code: "CO641",
    name: "cache-mount-possible",
    aliases: &["prefer-package-cache-mounts", "prefer-package-cache-mount"],
    severity: Severity::Info,
    summary: "a package manager has no cache mount",
    enabled: false,
    check: Check::Call(check),
    source: include_str!("cache_mount_possible.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    let manager = call.manager();
    let fills = matches!(call.verb(), Verb::Install | Verb::Restore | Verb::Build | Verb::Upgrade);
    let Some(first) =
        manager.caches.first().filter(|_| fills && call.item.command.command().substitution().is_none())
    else {
        return;
    };
    let same = |other: &Call<'_, '_>| {
        other.manager().name == manager.name
            && matches!(other.verb(), Verb::Install | Verb::Restore | Verb::Build | Verb::Upgrade)
    };
    let earlier = call.run.calls().find(same).is_some_and(|other| other.head() != call.head());
    if earlier || manager.caches.iter().any(|dir| is_mounted(call.run, dir)) {
        return;
    }
    let sharing =
        if matches!(manager.name, "apt" | "dnf" | "yum" | "zypper") { ",sharing=locked" } else { "" };
    let mount = format!("--mount=type=cache,target={}{sharing}", first.replacen('~', "/root", 1));
    let draft = sink
        .report(
            call.head(),
            format!("what {} downloads is downloaded again by the next build", call.program()),
        )
        .help(format!("add `{mount}`"));
    // apt empties its cache after each command unless its configuration is changed, and other users have other homes.
    let root = matches!(step.statement, Some(Statement::Run(_))) && !has_user(context, step);
    let start = step.instruction.range.start;
    let keyword = TextRange::new(start, start + 3);
    if manager.name != "apt" && root && keyword.slice(context.text()).eq_ignore_ascii_case("RUN") {
        let mut edits =
            vec![Edit { range: TextRange::new(keyword.end, keyword.end), replacement: format!(" {mount}") }];
        // What keeps the cache from being filled would make the mount useless.
        let calls = call.run.calls().filter(|other| other.manager().name == manager.name);
        edits.extend(calls.filter_map(|other| filling(context, &other)));
        let effects =
            manager.caches.iter().map(|dir| Effect::Removes(Cow::Owned(dir.replacen('~', "/root", 1))));
        draft.fix("add a cache mount", Safety::Unsafe, edits).effects(effects);
    }
}

/// Whether the step is run by a user that is set before it.
fn has_user(context: &Context<'_>, step: &Step<'_>) -> bool {
    let stages = context.chain(step.stage);
    let mut steps = stages
        .iter()
        .flat_map(|stage| &context.stages[*stage].steps)
        .filter(|other| other.index < step.index);
    steps.any(|other| matches!(other.statement, Some(Statement::User(_))))
}
