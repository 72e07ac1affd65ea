//! # index-update-alone
//!
//! ## What it does
//! Finds RUN instructions that fetch the index of a package manager (`apt-get update`, `apk update`, `zypper refresh`
//! …) and install nothing from it.
//!
//! ## Why
//! The layer with the index stays in the cache of the build. A later RUN that is changed then installs from an old
//! index: old versions, or none, as mirrors drop them.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN apt-get update
//! RUN apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN apt-get update && apt-get install -y --no-install-recommends curl=7.88.* && rm -rf /var/lib/apt/lists/*
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::Severity;

pub(crate) static RULE: Rule = Rule {
    code: "CO606",
    name: "index-update-alone",
    aliases: &["DS-0017", "CKV_DOCKER_5", "CIS-DI-0007", "update_instruction_alone", "AC_DOCKER_0049"],
    severity: Severity::Warning,
    summary: "the index of packages is fetched in a RUN that installs nothing",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("index_update_alone.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    let name = call.manager().name;
    let is_index = matches!(name, "apk" | "apt" | "dnf" | "yum" | "zypper") && !call.says("makecache");
    let upgrades = (call.says("update") || call.says("up"))
        && call.verb() == Verb::Upgrade
        && call.operands().next().is_none();
    if !is_index || !(call.verb() == Verb::Refresh || upgrades) {
        return;
    }
    let later = |other: &Call<'_, '_>| other.manager().name == name && other.head().start > call.head().start;
    if call.run.calls().filter(later).any(|other| uses_index(&other)) || may_install(call) {
        return;
    }
    let what = if upgrades { "packages are updated" } else { "the index is fetched" };
    // That the one RUN of a file that fetches the index stands beside one that installs is enough for Checkov.
    let text = |other: &Step<'_>| other.instruction.range.slice(context.text());
    let runs = || context.steps().filter(|other| other.run().is_some());
    let installs = runs().any(|other| other.index != step.index && text(other).contains("install"));
    let alone = runs().filter(|other| text(other).contains("update")).count() < 2;
    sink.report(call.head(), format!("{what} in a RUN of its own, which the cache of the build keeps"))
        .help("install in the same RUN; else it is done with an old index when the later RUN changes")
        .unlike_checkov(installs && alone);
}

fn uses_index(call: &Call<'_, '_>) -> bool {
    matches!(call.verb(), Verb::Install | Verb::Replace | Verb::Other) || call.says("upgrade")
}

/// Whether a command that is not known to install nothing runs in the same RUN.
fn may_install(call: &Call<'_, '_>) -> bool {
    let own = call.run.calls().map(|other| other.place()).collect::<Vec<_>>();
    let mut others =
        call.run.commands.iter().filter(|item| !own.contains(&call.run.place_of_command(&item.command)));
    others.any(|item| !HARMLESS.contains(&item.command.name()))
}

/// Commands that install nothing.
const HARMLESS: &[&str] = &[
    "",
    "[",
    "apt-cache",
    "apt-key",
    "cat",
    "cd",
    "chmod",
    "chown",
    "cp",
    "curl",
    "cut",
    "date",
    "echo",
    "export",
    "false",
    "find",
    "gpg",
    "grep",
    "head",
    "ln",
    "ls",
    "mkdir",
    "mv",
    "printf",
    "rm",
    "sed",
    "set",
    "sleep",
    "sort",
    "tee",
    "test",
    "touch",
    "tr",
    "true",
    "wget",
    "yes",
];
