//! # stage-without-healthcheck
//!
//! ## What it does
//! Finds stages other than the final one, and that no stage is built on, without `HEALTHCHECK`.
//!
//! ## Why
//! It matters if the stage is built as a target of its own. Off by default.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12 AS debug
//! CMD ["app", "--debug"]
//! FROM debian:12
//! HEALTHCHECK CMD ["app", "ping"]
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! HEALTHCHECK CMD ["app", "ping"]
//! USER 1000
//! ```

use facts::Severity;
use stage::EdgeKind;
use syntax::Keyword;

use crate::context::Context;
use crate::model::StageModel;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO837",
    name: "stage-without-healthcheck",
    aliases: &["DL3057"],
    severity: Severity::Style,
    summary: "a stage that is not the image has no HEALTHCHECK",
    enabled: false,
    check: Check::Stage(check),
    source: include_str!("stage_without_healthcheck.rs"),
};

fn check(context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    let is_target = context.target().is_some_and(|target| target.index == stage.index);
    let is_base = context.graph.users(stage.index).any(|(_, kind)| kind == EdgeKind::From);
    let chain = context.chain(stage.index);
    let mut steps = chain.iter().flat_map(|stage| &context.stages[*stage].steps);
    if !is_target && !is_base && !steps.any(|step| step.instruction.kind == Keyword::Healthcheck) {
        sink.report(stage.stage.base_range, "the stage has no `HEALTHCHECK`");
    }
}
