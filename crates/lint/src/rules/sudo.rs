//! # sudo
//!
//! ## What it does
//! Finds `RUN` with commands that go through sudo, each once.
//!
//! ## Why
//! A step runs as root unless `USER` says otherwise, so sudo does nothing; where it does something, the image has a way
//! from the user to root.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN sudo apt-get update && sudo apt-get install -y curl
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! RUN apt-get update && apt-get install -y curl
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN apt-get update && apt-get install -y sudo-rs
//! USER 1000
//! ```

use facts::{Safety, Severity};
use kit::{Edit, TextRange};
use shell::Arg;

use crate::context::Context;
use crate::model::{RunStep, Step};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO404",
    name: "sudo",
    aliases: &[
        "DL3004",
        "DS-0010",
        "CKV2_DOCKER_1",
        "DKL-DI-0001",
        "no-sudo-in-dockerfile",
        "run_using_sudo",
        "AC_DOCKER_0007",
        "sudo_usage",
        "no_sudo",
    ],
    severity: Severity::Warning,
    summary: "a step uses sudo",
    enabled: true,
    check: Check::StepOrTrigger(check),
    source: include_str!("sudo.rs"),
};

fn check(_context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(run) = step.run() else { return };
    let mut found = run.commands.iter().filter_map(|item| {
        let mut candidates = item.command.wrappers().chain(item.command.program());
        Some((candidates.find(|word| is_sudo(word))?, item))
    });
    let Some((first, item)) = found.next() else { return };
    let mut found: Vec<_> = std::iter::once((first, item)).chain(found).collect();
    let edits: Option<Vec<Edit>> =
        found.iter().map(|(word, item)| removal(run, word, item.command.words())).collect();
    found.retain(|(word, item)| word.text == "sudo" && run.is_own(item));
    let draft = sink
        .report(run.place_of_arg(first), "sudo in a build step")
        .help("run it as root before `USER`, or switch with `USER root` and back")
        .unlike_hadolint(found.is_empty());
    if let Some(edits) = edits {
        draft.fix("remove `sudo`", Safety::Unsafe, edits);
    }
}

fn is_sudo(word: &Arg<'_>) -> bool {
    word.text == "sudo" || word.text.ends_with("/sudo")
}

/// Removes `sudo` where no options of its own follow.
fn removal(run: &RunStep<'_>, word: &Arg<'_>, words: &[Arg<'_>]) -> Option<Edit> {
    let next = words.iter().find(|next| next.range().start > word.range().start)?;
    if next.text.starts_with('-') || next.text.contains('=') {
        return None;
    }
    let range = TextRange::new(run.place_of_arg(word).start, run.place_of_arg(next).start);
    Some(Edit { range, replacement: String::new() })
}
