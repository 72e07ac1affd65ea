//! # package-cache-kept
//!
//! ## What it does
//! Finds installations by npm, pnpm, bun, uv, poetry, pipenv, composer, conda and cargo that leave what was
//! downloaded in a layer of an image. apt, apk, dnf, yum, zypper, pip and yarn have rules of their own; what those of dnf,
//! yum and yarn pass over, as `dnf groupinstall` and `yarn add`, is found here.
//!
//! ## Why
//! The cache holds each package a second time, and nothing needs it at run time.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM node:22-slim
//! RUN npm ci
//! USER node
//! ```
//! ```dockerfile,fixed
//! FROM node:22-slim
//! RUN npm ci && npm cache clean --force
//! USER node
//! ```
//! ```dockerfile,bad
//! FROM fedora:42
//! RUN dnf groupinstall -y c-development
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM fedora:42
//! RUN dnf groupinstall -y c-development && dnf clean all
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM node:22-slim
//! RUN --mount=type=cache,target=/root/.npm npm ci
//! USER node
//! ```
//! ```dockerfile,good
//! FROM node:22-slim AS build
//! RUN npm ci && npm run build
//! FROM nginx:1.29
//! COPY --from=build /app/dist /usr/share/nginx/html
//! USER nginx
//! ```

use super::{dnf_cache_kept, yarn_cache_kept, yum_cache_kept, zypper_cache_kept};
use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb, append, is_kept, keeps_cache};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::{Effect, Safety, Severity};
use std::borrow::Cow;

pub(crate) static RULE: Rule = Rule {
    code: "CO730",
    name: "package-cache-kept",
    aliases: &[],
    severity: Severity::Info,
    summary: "the cache of a package manager stays in the layer",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("package_cache_kept.rs"),
};

/// Managers with what removes their cache, and options that keep it from being filled.
const MANAGERS: &[(&str, &str, &[&str])] = &[
    ("npm", "npm cache clean --force", &["--cache"]),
    ("pnpm", "pnpm store prune", &["--store-dir"]),
    ("bun", "bun pm cache rm", &["--no-cache", "--cache-dir"]),
    ("uv", "uv cache clean", &["--no-cache", "-n", "--cache-dir"]),
    ("poetry", "rm -rf ~/.cache/pypoetry/artifacts ~/.cache/pypoetry/cache", &["--no-cache"]),
    ("pipenv", "rm -rf ~/.cache/pipenv ~/.cache/pip", &[]),
    ("composer", "composer clear-cache", &["--no-cache"]),
    ("conda", "conda clean -afy", &[]),
    ("dnf", "dnf clean all", &[]),
    ("yum", "yum clean all", &[]),
    ("yarn", "yarn cache clean", &["--cache-folder"]),
    ("zypper", "zypper clean --all", &[]),
];
/// What rules of their own find.
const OTHERS: &[fn(&Call<'_, '_>) -> bool] =
    &[dnf_cache_kept::fills, yum_cache_kept::fills, yarn_cache_kept::fills, zypper_cache_kept::fills];
/// Variables that move a cache or switch it off.
const VARIABLES: &[&str] = &[
    "npm_config_cache",
    "NPM_CONFIG_CACHE",
    "UV_NO_CACHE",
    "UV_CACHE_DIR",
    "POETRY_CACHE_DIR",
    "POETRY_NO_CACHE",
    "PIPENV_CACHE_DIR",
    "PIP_NO_CACHE_DIR",
    "COMPOSER_CACHE_DIR",
    "COMPOSER_NO_CACHE",
    "CONDA_PKGS_DIRS",
    "PNPM_HOME",
    "YARN_CACHE_FOLDER",
];

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    let manager = call.manager();
    let Some((name, clean, options)) = MANAGERS.iter().find(|(name, ..)| *name == manager.name) else {
        return;
    };
    let installs = |call: &Call<'_, '_>| {
        call.manager().name == *name && matches!(call.verb(), Verb::Install | Verb::Restore | Verb::Upgrade)
    };
    let is_elsewhere = |call: &Call<'_, '_>| OTHERS.iter().any(|fills| fills(call));
    if !installs(call)
        || call.run.calls().any(|other| is_elsewhere(&other) && installs(&other))
        || call.has(options)
        || !is_kept(context, step)
        || !keeps_cache(step, call, manager.caches)
    {
        return;
    }
    let moved = VARIABLES.iter().any(|name| step.scope.env().contains_key(*name) || lends(call, name));
    let last = call.run.calls().rfind(installs).is_some_and(|last| last.head() == call.head());
    if moved || !last || configures(call) {
        return;
    }
    let own_name = matches!(*name, "conda" | "dnf" | "yum");
    let clean = clean.replacen(name, if own_name { call.program() } else { name }, 1);
    let draft = sink.report(call.head(), format!("the cache of {} stays in the layer", call.program())).help(
        format!(
            "add a cache mount, `--mount=type=cache,target={}`, or `{clean}` to the RUN",
            place(manager.caches[0])
        ),
    );
    // Trivy looks for upgrades by zypper, too.
    let draft = if *name == "zypper" { draft.aliases(["DS-0020"]) } else { draft };
    if let Some(edit) = append(context, call, &clean) {
        let effects = manager.caches.iter().map(|dir| Effect::Removes(Cow::Owned(place(dir))));
        // From version 2 of yarn on, packages can be used right from the cache.
        let safety = if *name == "yarn" { Safety::Unsafe } else { Safety::Safe };
        draft.fix("remove the cache in the same RUN", safety, vec![edit]).effects(effects);
    }
}

/// A cache as root has it.
fn place(dir: &str) -> String {
    dir.replacen('~', "/root", 1)
}

fn lends(call: &Call<'_, '_>, name: &str) -> bool {
    let mut own = call.item.command.command().assignments();
    own.any(|pair| pair.name().is_some_and(|node| node.text() == name))
}

/// Whether the manager is told in the same RUN where its cache is.
fn configures(call: &Call<'_, '_>) -> bool {
    let same = |other: &Call<'_, '_>| other.manager().name == call.manager().name;
    call.run
        .calls()
        .filter(same)
        .any(|other| other.verb() == Verb::Other && other.operands().any(|arg| arg.text.contains("cache")))
}
