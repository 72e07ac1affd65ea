//! # reserved-stage-name
//!
//! ## What it does
//! Finds stages that are called `scratch` or `context`.
//!
//! ## Why
//! `FROM scratch` means an empty image, and `context` the files around the Dockerfile. A stage of that name hides
//! them, or is hidden by them.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12 AS context
//! RUN make -C /src
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12 AS build
//! RUN make -C /src
//! USER 1000
//! ```

use facts::Severity;

use crate::context::Context;
use crate::model::StageModel;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO213",
    name: "reserved-stage-name",
    aliases: &["ReservedStageName", "DL3063"],
    severity: Severity::Warning,
    summary: "a stage has a reserved name",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("reserved_stage_name.rs"),
};

fn check(context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    let Some(name) = &stage.stage.name else { return };
    if matches!(name.value.as_str(), "scratch" | "context") {
        let Some(from) = context.line_of_from(stage) else { return };
        let detail = format!("Stage name should not use the same name as reserved stage {:?}", name.value);
        let message = format!("`{}` is a reserved name and should not be that of a stage", name.value);
        sink.report(name.range, message)
            .buildkit(context.parse, from, detail)
            .help("give the stage another name")
            .unlike_hadolint(name.range.slice(context.text()) != name.value);
    }
}
