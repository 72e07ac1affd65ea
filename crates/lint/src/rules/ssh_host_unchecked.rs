//! # ssh-host-unchecked
//!
//! ## What it does
//! Finds `StrictHostKeyChecking=no` in commands and variables.
//!
//! ## Why
//! Anybody on the way can then be the server, and give other code.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! RUN GIT_SSH_COMMAND="ssh -o StrictHostKeyChecking=no" git clone git@example.com:a/b.git /src
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! COPY known_hosts /etc/ssh/ssh_known_hosts
//! RUN --mount=type=ssh git clone git@example.com:a/b.git /src
//! USER 1000
//! ```

use facts::Severity;
use syntax::Statement;

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO417",
    name: "ssh-host-unchecked",
    aliases: &["ssh-strict-host-key-checking"],
    severity: Severity::Warning,
    summary: "the keys of ssh servers are not checked",
    enabled: true,
    check: Check::StepOrTrigger(check),
    source: include_str!("ssh_host_unchecked.rs"),
};

/// The option of ssh, whose name has no case.
const OPTION: &str = "stricthostkeychecking";

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    const HELP: &str = "copy the keys of the server to `/etc/ssh/ssh_known_hosts`";
    if !context.lowercase().contains(OPTION) {
        return;
    }
    if let Some(Statement::Env(pairs)) = step.statement {
        for (key, value) in pairs.pairs.iter().filter(|(_, value)| is_unchecked(&value.value)) {
            sink.report(key.range.cover(value.range), "the keys of ssh servers are not checked").help(HELP);
        }
    }
    let Some(run) = step.run() else { return };
    let found = run.commands.iter().find(|item| is_unchecked(item.command.command().node().text()));
    if let Some(item) = found {
        sink.report(run.place_of_command(&item.command), "the keys of ssh servers are not checked")
            .help(HELP);
    }
}

fn is_unchecked(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.split(OPTION).skip(1).any(|rest| {
        let value = rest.trim_start_matches([' ', '=', '\t', '"', '\'']);
        value.starts_with("no") || value.starts_with("off")
    })
}
