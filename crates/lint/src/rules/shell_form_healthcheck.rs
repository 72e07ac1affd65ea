//! # shell-form-healthcheck
//!
//! ## What it does
//! Finds `HEALTHCHECK CMD` that is no JSON array.
//!
//! ## Why
//! It needs a shell in the image. Off by default, as `|| exit 1` needs one, too.
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

use facts::Severity;
use syntax::{Form, Healthcheck, Statement};

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO819",
    name: "shell-form-healthcheck",
    aliases: &["DL3025"],
    severity: Severity::Style,
    summary: "HEALTHCHECK is written for a shell",
    enabled: false,
    check: Check::Step(check),
    source: include_str!("shell_form_healthcheck.rs"),
};

fn check(_context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    if let Some(Statement::Healthcheck(Healthcheck::Cmd { form: Form::Shell(text), .. })) = step.statement {
        sink.report(text.range, "the health check is not a JSON array");
    }
}
