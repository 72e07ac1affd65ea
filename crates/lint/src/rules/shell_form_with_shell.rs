//! # shell-form-with-shell
//!
//! ## What it does
//! Finds `CMD` and `ENTRYPOINT` that are no JSON array, in stages whose shell is set by `SHELL`.
//!
//! ## Why
//! The program is started by that shell, which need not pass signals on.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! SHELL ["/bin/bash", "-o", "pipefail", "-c"]
//! USER 1000
//! CMD app | tee /tmp/log
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! SHELL ["/bin/bash", "-o", "pipefail", "-c"]
//! USER 1000
//! CMD ["app"]
//! ```

use facts::Severity;

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::shell_form::{ShellCommand, has_shell};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO817",
    name: "shell-form-with-shell",
    aliases: &["DL3025"],
    severity: Severity::Info,
    summary: "CMD or ENTRYPOINT is written for the shell that SHELL names",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("shell_form_with_shell.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    if let Some(command) = ShellCommand::of(step).filter(|_| has_shell(context, step)) {
        command.report(context, step, sink);
    }
}
