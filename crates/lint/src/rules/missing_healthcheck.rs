//! # missing-healthcheck
//!
//! ## What it does
//! Finds images of services without `HEALTHCHECK`: those that expose ports, start a server that is known, or are built on
//! an image of one; and of applications, which may be services: a `CMD` alone that is no shell or tool, or something that
//! is given to a runtime like `node`. In files of at most four lines on a base without a name space that start no tool,
//! which do not tell what the image is for, the finding is one of style. For all others there is the rule
//! `no-healthcheck`.
//!
//! ## Why
//! Docker and its relatives cannot tell whether the program still works. Where Kubernetes alone runs the image, which
//! takes no notice of it, switch the rule off.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! USER 1000
//! EXPOSE 8080
//! CMD ["app"]
//! ```
//! ```dockerfile,bad
//! FROM node:22
//! USER node
//! CMD ["node", "server.js"]
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! USER 1000
//! EXPOSE 8080
//! HEALTHCHECK CMD ["app", "ping"]
//! CMD ["app"]
//! ```

use facts::Severity;
use syntax::Keyword;

use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::service::{is_application, is_service, is_sketch};
use crate::sink::{Draft, Sink};

/// What other tools call images without a HEALTHCHECK, services or not.
pub(super) const ALIASES: &[&str] = &[
    "DL3057",
    "DS-0026",
    "CKV_DOCKER_2",
    "CIS-DI-0006",
    "healthcheck_instruction_missing",
    "AC_DOCKER_0047",
];

pub(crate) static RULE: Rule = Rule {
    code: "CO827",
    name: "missing-healthcheck",
    aliases: ALIASES,
    severity: Severity::Info,
    summary: "the image of a service or application has no HEALTHCHECK",
    enabled: true,
    check: Check::File(check),
    source: include_str!("missing_healthcheck.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    if is_service(context) {
        report(context, sink, "the image of a service has no `HEALTHCHECK`");
    } else if is_application(context) {
        report(context, sink, "the image of an application has no `HEALTHCHECK`");
    } else if is_sketch(context)
        && let Some(draft) = report(context, sink, "the image has no `HEALTHCHECK`, and may be a service")
    {
        draft.severity(Severity::Style);
    }
}

pub(super) fn report<'s>(context: &Context<'_>, sink: &'s mut Sink<'_>, message: &str) -> Option<Draft<'s>> {
    // A part of a file can be given one by the file that it becomes a part of.
    let target = context.target().filter(|target| target.stage.from_instruction.is_some())?;
    let mut steps = context.image().iter().flat_map(|stage| &context.stages[*stage].steps);
    if steps.any(|step| step.instruction.kind == Keyword::Healthcheck) {
        return None;
    }
    let help = "add `HEALTHCHECK CMD [\"program\", \"argument\"]`";
    let elsewhere = context.steps().any(|step| step.instruction.kind == Keyword::Healthcheck);
    Some(sink.report(target.stage.base_range, message).help(help).unlike_checkov(elsewhere))
}
