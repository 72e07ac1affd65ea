//! # stage-name-casing
//!
//! ## What it does
//! Finds names of stages that are not in lower case.
//!
//! ## Why
//! Names of stages are found in any case by `--from`, but `FROM` compares them as they are written. One spelling is
//! right everywhere.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12 AS Build
//! RUN make -C /src
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12 AS build
//! RUN make -C /src
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12 AS build
//! RUN make -C /src
//! USER 1000
//! ```

use facts::{Safety, Severity};
use kit::Edit;

use crate::context::Context;
use crate::model::StageModel;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO211",
    name: "stage-name-casing",
    aliases: &["StageNameCasing"],
    severity: Severity::Warning,
    summary: "a stage name is not lowercase",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("stage_name_casing.rs"),
};

fn check(context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    let Some(name) = context.stage_from(stage).and_then(|from| from.name.as_ref()) else { return };
    let lower = name.value.to_lowercase();
    if name.value == lower {
        return;
    }
    let Some(from) = context.line_of_from(stage) else { return };
    let edit = Edit { range: name.range, replacement: lower.clone() };
    sink.report(name.range, format!("the stage name `{}` should be lowercase", name.value))
        .buildkit(context.parse, from, format!("Stage name '{}' should be lowercase", name.value))
        .fix(format!("call the stage `{lower}`"), Safety::Safe, vec![edit]);
}
