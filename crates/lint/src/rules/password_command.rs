//! # password-command
//!
//! ## What it does
//! Finds `chpasswd`, and `useradd` and `usermod` with a password.
//!
//! ## Why
//! The password, or its hash, is in the layer and in the history of the image, the same for every container.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! RUN echo 'app:s3cr3t' | chpasswd
//! USER app
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! RUN useradd --uid 1000 app
//! USER 1000
//! ```

use facts::Severity;

use crate::context::Context;
use crate::rule::{At, Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO111",
    name: "password-command",
    aliases: &["CKV2_DOCKER_17", "S6437"],
    severity: Severity::Warning,
    summary: "a step sets a password",
    enabled: true,
    check: Check::Command(&["chpasswd", "useradd", "usermod"], check),
    source: include_str!("password_command.rs"),
};

fn check(_context: &Context<'_>, at: &At<'_, '_>, sink: &mut Sink<'_>) {
    let command = &at.item.command;
    let set = command.name() == "chpasswd" || command.value(&["-p", "--password"]).is_some();
    if set && !command.args().iter().any(|word| matches!(word.text.as_ref(), "--help" | "-h")) {
        sink.report(at.run.place_of_command(command), "a step sets a password")
            .help("log in without one, or set it when the container starts")
            .unlike_checkov(command.name() != "chpasswd");
    }
}
