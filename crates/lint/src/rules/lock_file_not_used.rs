//! # lock-file-not-used
//!
//! ## What it does
//! Finds `npm install`, `yarn install`, `pnpm install`, `bun install`, `uv sync` and `pipenv install` where a lock
//! file is copied before, and nothing makes them hold to it.
//!
//! ## Why
//! They may install other versions than those that were tested, and change the lock file in the image without anybody
//! seeing it.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM node:22-slim
//! WORKDIR /app
//! COPY package.json package-lock.json ./
//! RUN npm install && npm cache clean --force
//! USER node
//! ```
//! ```dockerfile,fixed
//! FROM node:22-slim
//! WORKDIR /app
//! COPY package.json package-lock.json ./
//! RUN npm ci && npm cache clean --force
//! USER node
//! ```
//! ```dockerfile,bad
//! FROM node:22-slim
//! WORKDIR /app
//! COPY package.json yarn.lock ./
//! RUN yarn install && yarn cache clean
//! USER node
//! ```
//! ```dockerfile,fixed
//! FROM node:22-slim
//! WORKDIR /app
//! COPY package.json yarn.lock ./
//! RUN yarn install --frozen-lockfile && yarn cache clean
//! USER node
//! ```
//! ```dockerfile,good
//! FROM node:22-slim
//! WORKDIR /app
//! COPY package.json package-lock.json ./
//! RUN npm ci && npm cache clean --force
//! USER node
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb, add_option};
use crate::paths::base_name;
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::{Effect, Safety, Severity};
use std::borrow::Cow;

pub(crate) static RULE: Rule = Rule {
    code: "CO650",
    name: "lock-file-not-used",
    aliases: &[],
    severity: Severity::Info,
    summary: "dependencies are installed without holding to the lock file",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("lock_file_not_used.rs"),
};

/// A manager: its lock files, and the options that make it hold to them; the first is what the fix adds.
struct Lock {
    manager: &'static str,
    files: &'static [&'static str],
    options: &'static [&'static str],
}

const LOCKS: &[Lock] = &[
    Lock { manager: "npm", files: &["package-lock.json", "npm-shrinkwrap.json"], options: &["--no-save"] },
    Lock {
        manager: "yarn",
        files: &["yarn.lock"],
        options: &["--frozen-lockfile", "--immutable", "--pure-lockfile"],
    },
    Lock { manager: "pnpm", files: &["pnpm-lock.yaml"], options: &["--frozen-lockfile"] },
    Lock { manager: "bun", files: &["bun.lock", "bun.lockb"], options: &["--frozen-lockfile"] },
    Lock { manager: "uv", files: &["uv.lock"], options: &["--frozen", "--locked"] },
    Lock { manager: "pipenv", files: &["Pipfile.lock"], options: &["--deploy", "--ignore-pipfile"] },
];

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    let Some(lock) = LOCKS.iter().find(|lock| lock.manager == call.manager().name) else { return };
    let wanted = matches!(call.verb(), Verb::Install) || call.says("sync");
    let alone = call.operands().next().is_none() && !call.has(&["-g", "--global", "-r", "--requirements"]);
    if !wanted
        || !alone
        || call.says("add")
        || call.says("pip install")
        || call.has(lock.options)
        || !is_there(context, step, lock)
    {
        return;
    }
    let ci = lock.manager == "npm";
    let way = if ci { "use `npm ci`".to_owned() } else { format!("add `{}`", lock.options[0]) };
    let draft = sink
        .report(
            call.head(),
            format!("`{}` may install other versions than the lock file says", call.program()),
        )
        .help(way.clone());
    let edit = match call.verb_word() {
        Some(word) if ci => call.run.replace(context.text(), word, "ci"),
        _ => add_option(context, call, lock.options[0]),
    };
    if let Some(edit) = edit {
        draft.fix(way, Safety::Unsafe, vec![edit]).effects([Effect::Changes(Cow::Borrowed("/"))]);
    }
}

/// Whether a COPY before it names the lock file.
fn is_there(context: &Context<'_>, step: &Step<'_>, lock: &Lock) -> bool {
    let before = context.stages[step.stage]
        .copies()
        .filter(|(other, copy)| copy.is_context && other.index < step.index);
    let names = before.flat_map(|(_, copy)| &copy.sources).filter_map(|source| source.path.as_deref());
    names.into_iter().any(|path| lock.files.contains(&base_name(path)))
}
