//! # no-healthcheck
//!
//! ## What it does
//! Finds images without `HEALTHCHECK` that do not look like services or applications, for which there is the rule
//! `missing-healthcheck`.
//!
//! ## Why
//! If it is a service, Docker and its relatives cannot tell whether it still works. A program that ends by itself needs
//! none, so this rule is off by default.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! USER 1000
//! CMD ["bash"]
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! USER 1000
//! HEALTHCHECK CMD ["app", "ping"]
//! CMD ["app"]
//! ```

use facts::Severity;

use super::missing_healthcheck;
use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::service::{is_application, is_service, is_sketch};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO850",
    name: "no-healthcheck",
    aliases: missing_healthcheck::ALIASES,
    severity: Severity::Info,
    summary: "the image has no HEALTHCHECK",
    enabled: false,
    check: Check::File(check),
    source: include_str!("no_healthcheck.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    if !is_service(context) && !is_application(context) && !is_sketch(context) {
        missing_healthcheck::report(context, sink, "the image has no `HEALTHCHECK`");
    }
}
