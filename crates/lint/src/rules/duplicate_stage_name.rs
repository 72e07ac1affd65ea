//! # duplicate-stage-name
//!
//! ## What it does
//! Finds stages that have the name of an earlier stage.
//!
//! ## Why
//! From there on the name means the later stage, and the earlier one can no longer be reached by it.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12 AS build
//! RUN make -C /a
//! FROM debian:12 AS build
//! RUN make -C /b
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12 AS build-a
//! RUN make -C /a
//! FROM build-a AS build-b
//! RUN make -C /b
//! USER 1000
//! ```

use facts::Severity;
use kit::TextRange;

use crate::context::Context;
use crate::model::StageModel;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO204",
    name: "duplicate-stage-name",
    aliases: &[
        "DL3024",
        "DuplicateStageName",
        "DS-0012",
        "CKV_DOCKER_11",
        "alias-must-be-unique",
        "same_alias_in_different_froms",
        "DUPLICATE_BUILD_STAGE_NAME",
    ],
    severity: Severity::Warning,
    summary: "two stages have the same name",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("duplicate_stage_name.rs"),
};

fn check(context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    let Some(name) = &stage.stage.name else { return };
    let earlier = context.graph.stages[..stage.index].iter().filter_map(|stage| stage.name.as_ref());
    if let Some(first) = earlier.into_iter().find(|earlier| earlier.value == name.value) {
        let Some(from) = context.line_of_from(stage) else { return };
        let detail = format!("Duplicate stage name {:?}, stage names should be unique", name.value);
        sink.report(name.range, format!("the stage name `{}` is used twice", name.value))
            .buildkit(context.parse, from, detail)
            .related(first.range, "used first here")
            .unlike_checkov(is_upper(context, first.range) || is_upper(context, name.range))
            .unlike_hadolint(first.range.slice(context.text()) != name.range.slice(context.text()))
            .help("give one of the stages another name");
    }
}

/// Whether the word before a name is written in large letters, which Checkov does not know.
fn is_upper(context: &Context<'_>, name: TextRange) -> bool {
    let before = context.text().get(..name.start as usize).unwrap_or_default();
    before.trim_end().ends_with("AS")
}
