//! # ungraceful-stopsignal
//!
//! ## What it does
//! Finds `STOPSIGNAL` with a signal that a program cannot handle.
//!
//! ## Why
//! The program is killed at once and can finish nothing.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! STOPSIGNAL SIGKILL
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! STOPSIGNAL SIGTERM
//! USER 1000
//! ```

use facts::Severity;
use syntax::Statement;

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO838",
    name: "ungraceful-stopsignal",
    aliases: &["no-ungraceful-stopsignal"],
    severity: Severity::Warning,
    summary: "the signal that stops the container cannot be handled",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("ungraceful_stopsignal.rs"),
};

fn check(_context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(Statement::Stopsignal(word)) = step.statement else { return };
    let text = step.expand(&word.value).unwrap_or_default().to_ascii_uppercase();
    if matches!(text.trim_start_matches("SIG"), "KILL" | "9" | "STOP" | "19") {
        sink.report(word.range, format!("a program cannot handle the signal `{text}`"))
            .help("use SIGTERM, SIGINT or SIGQUIT");
    }
}
