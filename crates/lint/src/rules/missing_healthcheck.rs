//! # missing-healthcheck
//!
//! ## What it does
//! Finds images without `HEALTHCHECK`.
//!
//! ## Why
//! Docker and its relatives cannot tell whether the program still works. Off by default: Kubernetes takes no notice of
//! it.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! USER 1000
//! CMD ["app"]
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! USER 1000
//! HEALTHCHECK CMD ["app", "ping"]
//! CMD ["app"]
//! ```

use facts::Severity;
use syntax::Keyword;

use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO827",
    name: "missing-healthcheck",
    aliases: &[
        "DL3057",
        "DS-0026",
        "CKV_DOCKER_2",
        "CIS-DI-0006",
        "healthcheck_instruction_missing",
        "AC_DOCKER_0047",
    ],
    severity: Severity::Info,
    summary: "the image has no HEALTHCHECK",
    enabled: false,
    check: Check::File(check),
    source: include_str!("missing_healthcheck.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    // A part of a file can be given one by the file that it becomes a part of.
    let Some(target) = context.target().filter(|target| target.stage.from_instruction.is_some()) else {
        return;
    };
    let mut steps = context.image().iter().flat_map(|stage| &context.stages[*stage].steps);
    if !steps.any(|step| step.instruction.kind == Keyword::Healthcheck) {
        sink.report(target.stage.base_range, "the image has no `HEALTHCHECK`")
            .help("add `HEALTHCHECK CMD [\"program\", \"argument\"]`");
    }
}
