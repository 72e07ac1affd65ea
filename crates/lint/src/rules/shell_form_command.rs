//! # shell-form-command
//!
//! ## What it does
//! Finds `CMD` and `ENTRYPOINT` that are no JSON array, in stages without `SHELL`.
//!
//! ## Why
//! The program is then started by `/bin/sh -c`, which does not pass signals on, so that stopping the container takes
//! ten seconds and ends in a kill.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! USER 1000
//! CMD app --listen 8080
//! ```
//! ```dockerfile,fixed
//! FROM debian:12
//! USER 1000
//! CMD ["app", "--listen", "8080"]
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! USER 1000
//! CMD ["app", "--listen", "8080"]
//! ```

use facts::Severity;

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::shell_form::{ShellCommand, has_shell};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO803",
    name: "shell-form-command",
    aliases: &[
        "JSONArgsRecommended",
        "DL3025",
        "S7019",
        "prefer-json-notation",
        "not_using_json_in_cmd_and_entrypoint_arguments",
    ],
    severity: Severity::Warning,
    summary: "CMD or ENTRYPOINT is written for a shell",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("shell_form_command.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    if let Some(command) = ShellCommand::of(step).filter(|_| !has_shell(context, step)) {
        command.report(context, step, sink);
    }
}
