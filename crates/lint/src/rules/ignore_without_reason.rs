//! # ignore-without-reason
//!
//! ## What it does
//! Finds comments of cooper and hadolint that hide findings and do not say why. Off unless it is asked for.
//!
//! ## Why
//! Whoever reads the file later cannot tell whether the reason still holds.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! # cooper: ignore=sudo
//! RUN sudo true
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! # cooper: ignore=sudo the script that follows calls it, too
//! RUN sudo true
//! ```

use facts::Severity;

use crate::context::Context;
use crate::pragma::{Family, Pragmas};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO011",
    name: "ignore-without-reason",
    aliases: &[],
    severity: Severity::Info,
    summary: "a comment hides findings and does not say why",
    enabled: false,
    check: Check::Pragmas(check),
    source: include_str!("ignore_without_reason.rs"),
};

fn check(_context: &Context<'_>, pragmas: &Pragmas, sink: &mut Sink<'_>) {
    for pragma in pragmas
        .all
        .iter()
        .filter(|pragma| matches!(pragma.family, Family::Cooper | Family::Hadolint) && !pragma.has_reason)
    {
        sink.report(pragma.range, "this comment does not say why it hides findings")
            .help("write the reason behind the list, as in `# cooper: ignore=CODE why`");
    }
}
