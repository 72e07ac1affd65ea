//! # npm-runs-scripts
//!
//! ## What it does
//! Finds `npm`, `yarn` and `pnpm` installations without `--ignore-scripts`.
//!
//! ## Why
//! Scripts of packages run as the user of the build: this is how most attacks by way of packages begin.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM node:22-slim
//! RUN npm ci && npm cache clean --force
//! USER node
//! ```
//! ```dockerfile,fixed
//! FROM node:22-slim
//! RUN npm ci --ignore-scripts && npm cache clean --force
//! USER node
//! ```
//! ```dockerfile,good
//! FROM node:22-slim
//! RUN npm ci --ignore-scripts && npm cache clean --force
//! USER node
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb, add_option};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::{Effect, Safety, Severity};
use std::borrow::Cow;

pub(crate) static RULE: Rule = Rule {
    code: "CO634",
    name: "npm-runs-scripts",
    aliases: &["S6505"],
    severity: Severity::Info,
    summary: "npm runs scripts of the packages that it installs",
    enabled: false,
    check: Check::Call(check),
    source: include_str!("npm_runs_scripts.rs"),
};

fn check(context: &Context<'_>, _step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    let installs = matches!(call.verb(), Verb::Install | Verb::Restore);
    if !matches!(call.manager().name, "npm" | "pnpm" | "yarn") || !installs || call.has(&["--ignore-scripts"])
    {
        return;
    }
    let draft = sink
        .report(call.head(), "scripts of packages are run")
        .help("add `--ignore-scripts`, and run what is needed by name");
    if let Some(edit) = add_option(context, call, "--ignore-scripts") {
        draft
            .fix("add `--ignore-scripts`", Safety::Unsafe, vec![edit])
            .effects([Effect::Changes(Cow::Borrowed("/"))]);
    }
}
