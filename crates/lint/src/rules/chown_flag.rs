//! # chown-flag
//!
//! ## What it does
//! Finds `--chown`.
//!
//! ## Why
//! A program that the user of the container only runs, and does not write, is safer when it belongs to root. Off by
//! default, as data has to belong to who writes it.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! COPY --chown=1000:1000 app /usr/local/bin/app
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! COPY app /usr/local/bin/app
//! USER 1000
//! ```

use facts::Severity;

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO517",
    name: "chown-flag",
    aliases: &["chown_flag_exists", "AC_DOCKER_0024"],
    severity: Severity::Style,
    summary: "COPY or ADD has --chown",
    enabled: false,
    check: Check::StepOrTrigger(check),
    source: include_str!("chown_flag.rs"),
};

fn check(_context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    if let Some(owner) = step.copy_statement().and_then(|copy| copy.chown.as_ref()) {
        sink.report(owner.range, format!("what is copied belongs to `{}`", owner.value))
            .help("leave it to root what the user of the container only reads or runs");
    }
}
