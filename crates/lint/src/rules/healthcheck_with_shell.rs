//! # healthcheck-with-shell
//!
//! ## What it does
//! Finds `HEALTHCHECK CMD` that needs a shell, as for `|| exit 1`.
//!
//! ## Why
//! Images without a shell cannot do it, and in others a program that answers with 0 or 1 is simpler. Off by default.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! HEALTHCHECK CMD app ping || exit 1
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
use crate::shell_form::plain_words;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO849",
    name: "healthcheck-with-shell",
    aliases: &["DL3025"],
    severity: Severity::Style,
    summary: "HEALTHCHECK is written for a shell",
    enabled: false,
    check: Check::Step(check),
    source: include_str!("healthcheck_with_shell.rs"),
};

fn check(_context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    if let Some(Statement::Healthcheck(Healthcheck::Cmd { form: Form::Shell(text), .. })) = step.statement
        && plain_words(&text.value).is_none()
    {
        sink.report(text.range, "the health check is not a JSON array");
    }
}
