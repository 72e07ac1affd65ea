//! # apt-for-people
//!
//! ## What it does
//! Finds `apt` where `apt-get` or `apt-cache` does the same.
//!
//! ## Why
//! `apt` is made for people at a terminal: it warns that its interface is not stable, and its output changes between
//! releases.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN apt update && apt install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN apt-get update && apt-get install -y --no-install-recommends curl=7.88.* && rm -rf /var/lib/apt/lists/*
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::Call;
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::{Safety, Severity};

pub(crate) static RULE: Rule = Rule {
    code: "CO605",
    name: "apt-for-people",
    aliases: &["DL3027", "CKV_DOCKER_9", "prefer-apt-get", "run_using_apt", "AC_DOCKER_0002"],
    severity: Severity::Warning,
    summary: "apt is used in a script",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("apt_for_people.rs"),
};

fn check(context: &Context<'_>, _step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    if call.program() != "apt" {
        return;
    }
    let draft = sink
        .report(call.head(), "`apt` has no stable interface for scripts")
        .help("use `apt-get` or `apt-cache`")
        .unlike_checkov(is_behind_another(context, call));
    if SAME.iter().any(|verb| call.says(verb)) {
        let word = call.item.command.program();
        if let Some(edit) = word.and_then(|word| call.run.insert_behind(context.text(), word, "-get")) {
            draft.fix("use `apt-get`", Safety::Safe, vec![edit]);
        }
    }
}

/// Whether the command stands behind another one on its line, or by the path of its program.
fn is_behind_another(context: &Context<'_>, call: &Call<'_, '_>) -> bool {
    let before = context.text().get(..call.head().start as usize).unwrap_or_default();
    before.ends_with("&& ") || !call.run.is_plain(call.item) && !before.ends_with("sudo ")
}

/// What `apt-get` does in the same way. `apt upgrade` also installs new packages.
const SAME: &[&str] = &[
    "autoclean",
    "autoremove",
    "build-dep",
    "clean",
    "dist-upgrade",
    "install",
    "purge",
    "remove",
    "source",
    "update",
];
