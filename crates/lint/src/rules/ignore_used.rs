//! # ignore-used
//!
//! ## What it does
//! Finds every comment of cooper and hadolint that hides findings of one instruction. Off unless it is asked for. Comments
//! for the whole file or a stage stand at its head, where they are seen.
//!
//! ## Why
//! Some projects decide about exceptions in one configuration file alone.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! # hadolint ignore=DL3004
//! RUN sudo true
//! ```
//! ```dockerfile,good
//! # hadolint global ignore=DL3004
//! FROM debian:12
//! RUN sudo true
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! RUN true
//! ```

use facts::Severity;

use crate::context::Context;
use crate::pragma::{Family, Pragma, Pragmas, Reach};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO013",
    name: "ignore-used",
    aliases: &["DL1001"],
    severity: Severity::Info,
    summary: "a comment hides findings",
    enabled: false,
    check: Check::Pragmas(check),
    source: include_str!("ignore_used.rs"),
};

fn check(_context: &Context<'_>, pragmas: &Pragmas, sink: &mut Sink<'_>) {
    let own = |pragma: &&Pragma| {
        matches!(pragma.family, Family::Cooper | Family::Hadolint) && pragma.reach == Reach::Instruction
    };
    for pragma in pragmas.all.iter().filter(own) {
        sink.report(pragma.range, "a comment hides findings")
            .help("mend what is found, or decide about it in the configuration");
    }
}
