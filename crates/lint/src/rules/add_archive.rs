//! # add-archive
//!
//! ## What it does
//! Finds `ADD` of what may be an archive.
//!
//! ## Why
//! A reader has to know that it is unpacked, and an archive from elsewhere can hold anything. Off by default, as this
//! is what `ADD` is for.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! ADD app.tar.gz /app
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! COPY app /app
//! USER 1000
//! ```

use facts::Severity;
use syntax::Statement;

use super::add_instead_of_copy::is_copy;
use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO708",
    name: "add-archive",
    aliases: &["CKV_DOCKER_4", "CIS-DI-0009"],
    severity: Severity::Style,
    summary: "ADD unpacks an archive",
    enabled: false,
    check: Check::StepOrTrigger(check),
    source: include_str!("add_archive.rs"),
};

fn check(_context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(Statement::Add(add)) = step.statement else { return };
    let remote = add.sources.iter().any(|source| source.value.contains("://"));
    if !is_copy(step, add) && !remote {
        sink.report(step.instruction.keyword, "`ADD` unpacks archives");
    }
}
