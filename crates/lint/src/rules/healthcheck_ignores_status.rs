//! # healthcheck-ignores-status
//!
//! ## What it does
//! Finds `HEALTHCHECK` with `curl` and without `--fail`.
//!
//! ## Why
//! `curl` succeeds when the server answers with an error: the container counts as healthy.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! HEALTHCHECK CMD curl http://localhost:8080/ || exit 1
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM nginx:1.27
//! HEALTHCHECK CMD curl --fail http://localhost:8080/ || exit 1
//! USER 1000
//! ```

use facts::Severity;
use shell::{Dialect, Invocation};
use syntax::{Healthcheck, Statement};

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO843",
    name: "healthcheck-ignores-status",
    aliases: &["healthcheck-curl-without-fail"],
    severity: Severity::Info,
    summary: "a health check does not look at the status",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("healthcheck_ignores_status.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(Statement::Healthcheck(Healthcheck::Cmd { .. })) = step.statement else { return };
    let Some(text) = step.instruction.shell_text(context.parse) else { return };
    let script = shell::parse(&text.text, Dialect::Posix);
    for command in script.commands().map(Invocation::new).filter(|command| command.name() == "curl") {
        let fails = ["-f", "--fail", "--fail-with-body", "--fail-early"]
            .iter()
            .any(|option| command.option(option).is_some());
        // What is printed may be looked at by another command.
        let piped = command.command().output().is_some() || command.command().substitution().is_some();
        let written = ["-w", "--write-out"].iter().any(|option| command.option(option).is_some());
        if !fails && !piped && !written {
            sink.report(
                text.source(command.range()),
                "`curl` succeeds when the server answers with an error",
            )
            .help("add `--fail`");
        }
    }
}
