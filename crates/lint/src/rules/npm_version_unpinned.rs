//! # npm-version-unpinned
//!
//! ## What it does
//! Finds packages that `npm install` gets by name alone or from the head of a repository. `npm i`, `yarn`, `pnpm` and `bun`
//! have the rule `node-package-unpinned`, tags like `latest` the rule `npm-moving-tag`.
//!
//! ## Why
//! The build takes the version that is newest on its day: the image is another one with each release, and a release
//! that breaks, or is taken over by an attacker, gets in unseen.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM node:22-slim
//! RUN npm install -g pnpm && npm cache clean --force
//! USER node
//! ```
//! ```dockerfile,good
//! FROM node:22-slim
//! RUN npm install -g pnpm@10.12.1 && npm cache clean --force
//! USER node
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Package, Verb, report_loose_if};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::Severity;

pub(crate) static RULE: Rule = Rule {
    code: "CO632",
    name: "npm-version-unpinned",
    aliases: &["DL3016", "npm_install_without_pinned_version"],
    severity: Severity::Warning,
    summary: "npm installs a package without a version",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("npm_version_unpinned.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    if call.is("npm", Verb::Install) && call.says("install") {
        // An `@` behind the first letter is that of a version to hadolint, also in `git@host:owner/name`.
        let has_at =
            |text: &str| !text.contains("://") && text.get(1..).is_some_and(|rest| rest.contains('@'));
        let seen = |package: &Package<'_, '_>| package.is_loose() && !has_at(&package.text);
        let unlike = !call.packages(step).iter().any(seen);
        let draft = report_loose_if(context, step, call, sink, |package| !is_tagged(&package.text));
        draft.map(|draft| draft.unlike_hadolint(unlike));
    }
}

/// Whether a package manager of Node installs something.
pub(super) fn is_for_node(call: &Call<'_, '_>) -> bool {
    matches!(call.manager().name, "bun" | "npm" | "pnpm" | "yarn") && call.verb() == Verb::Install
}

/// Whether a package has a tag in the place of a version, which moves; the rule `npm-moving-tag` finds it.
pub(super) fn is_tagged(package: &str) -> bool {
    let tag = package.rsplit_once('@').filter(|(name, _)| !name.is_empty());
    tag.is_some_and(|(_, tag)| matches!(tag, "latest" | "next" | "stable" | "lts"))
}
