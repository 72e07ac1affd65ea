//! # sudo
//!
//! ## What it does
//! Finds commands of a `RUN` that go through sudo.
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

use crate::context::Context;
use crate::model::{RunStep, Step};
use crate::rule::{Check, Rule};
use crate::shell::Command;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO404",
    name: "sudo",
    aliases: &["DL3004", "DS-0010", "CKV2_DOCKER_1", "DKL-DI-0001"],
    severity: Severity::Warning,
    summary: "a step uses sudo",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("sudo.rs"),
};

fn check(_context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(run) = step.run() else { return };
    for item in &run.commands {
        let Some(first) = item.command.words.first().filter(|word| word.text == "sudo") else { continue };
        let draft = sink
            .report(run.locate(&first.range), "sudo in a build step")
            .help("run it as root before `USER`, or switch with `USER root` and back");
        if let Some(edit) = removal(run, &item.command) {
            draft.fix("remove `sudo`", Safety::Unsafe, vec![edit]);
        }
    }
}

/// Removes `sudo` where no options of its own follow.
fn removal(run: &RunStep, command: &Command) -> Option<Edit> {
    let [first, next, ..] = &command.words[..] else { return None };
    if !run.is_exact() || next.text.starts_with('-') || next.text.contains('=') {
        return None;
    }
    let range = TextRange::new(run.locate(&first.range).start, run.locate(&next.range).start);
    Some(Edit { range, replacement: String::new() })
}
