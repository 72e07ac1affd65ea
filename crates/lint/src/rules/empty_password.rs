//! # empty-password
//!
//! ## What it does
//! Finds `passwd -d` and users with an empty password.
//!
//! ## Why
//! Everybody can become that user.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! RUN passwd -d root
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! RUN passwd -l root
//! USER 1000
//! ```

use facts::Severity;

use crate::context::Context;
use crate::rule::{At, Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO515",
    name: "empty-password",
    aliases: &["DKL-LI-0001"],
    severity: Severity::Warning,
    summary: "a user gets an empty password",
    enabled: true,
    check: Check::Command(&["passwd", "usermod", "useradd"], check),
    source: include_str!("empty_password.rs"),
};

fn check(_context: &Context<'_>, at: &At<'_, '_>, sink: &mut Sink<'_>) {
    let command = &at.item.command;
    let empty = match command.name() {
        "passwd" => command.option("-d").or_else(|| command.option("--delete")).is_some(),
        _ => command
            .value(&["-p", "--password"])
            .is_some_and(|(value, word)| value.is_empty() && !word.expands),
    };
    if empty {
        sink.report(
            at.run.place_of_command(command),
            "the user has no password, so everybody can become that user",
        )
        .help("lock the password with `passwd -l`");
    }
}
