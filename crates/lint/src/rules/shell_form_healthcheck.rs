//! # shell-form-healthcheck
//!
//! ## What it does
//! Finds `HEALTHCHECK CMD` that is no JSON array though it only starts a program.
//!
//! ## Why
//! It needs a shell in the image, which is started for each check and does nothing. Where the shell is used, as by
//! `|| exit 1`, there is the rule `healthcheck-with-shell`.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! HEALTHCHECK CMD app ping
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! HEALTHCHECK CMD ["app", "ping"]
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! HEALTHCHECK CMD app ping || exit 1
//! USER 1000
//! ```

use facts::Severity;
use syntax::{Form, Healthcheck, Statement};

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::shell_form::plain_words;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO819",
    name: "shell-form-healthcheck",
    aliases: &["DL3025"],
    severity: Severity::Style,
    summary: "HEALTHCHECK starts a shell that does nothing",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("shell_form_healthcheck.rs"),
};

fn check(_context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    if let Some(Statement::Healthcheck(Healthcheck::Cmd { form: Form::Shell(text), .. })) = step.statement
        && plain_words(&text.value).is_some()
    {
        sink.report(text.range, "the health check is not a JSON array");
    }
}
