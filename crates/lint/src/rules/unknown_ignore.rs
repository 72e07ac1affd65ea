//! # unknown-ignore
//!
//! ## What it does
//! Finds names in comments of cooper that no rule has. Names in comments for other tools are left alone.
//!
//! ## Why
//! A mistyped name hides nothing, and nobody is told.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! # cooper: ignore=sodu the base has no other way
//! RUN true
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! # cooper: ignore=sudo the base has no other way
//! RUN sudo true
//! ```

use facts::Severity;

use crate::context::Context;
use crate::pragma::{Family, Pragmas};
use crate::rule::{Check, Rule, find_rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO012",
    name: "unknown-ignore",
    aliases: &[],
    severity: Severity::Warning,
    summary: "a comment names no rule",
    enabled: true,
    check: Check::Pragmas(check),
    source: include_str!("unknown_ignore.rs"),
};

fn check(_context: &Context<'_>, pragmas: &Pragmas, sink: &mut Sink<'_>) {
    let own = pragmas.all.iter().filter(|pragma| pragma.family == Family::Cooper);
    for entry in own.flat_map(|pragma| &pragma.entries) {
        if let Some(name) = entry.name.as_deref().filter(|name| find_rule(name).is_none()) {
            sink.report(entry.range, format!("there is no rule `{name}`"))
                .help("`cooper rule` lists the rules; codes, names and aliases are taken");
        }
    }
}
