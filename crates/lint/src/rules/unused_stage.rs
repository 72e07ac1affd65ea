//! # unused-stage
//!
//! ## What it does
//! Finds stages that the target does not need: it is neither built on them nor copies from them.
//!
//! ## Why
//! They are never built, so nobody sees when they break. Stages that are meant for `--target`, as tests and
//! development environments are, need no change; their usual names are not reported, nor those that say with `CMD` or
//! `ENTRYPOINT` what their containers do. A stage without a name is a
//! warning, as nobody builds it by its number. Nor is a stage reported that a variable may pick, as in
//! `FROM base-$TARGETARCH`, or that only collects files on `scratch`, as those for `--output` do.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM golang:1.24 AS build
//! RUN go build -o /out/app ./...
//!
//! FROM gcr.io/distroless/static:nonroot
//! COPY app /app
//! ```
//! ```dockerfile,good
//! FROM golang:1.24 AS build
//! RUN go build -o /out/app ./...
//!
//! FROM build AS test
//! RUN go test ./...
//!
//! FROM gcr.io/distroless/static:nonroot
//! COPY --from=build /out/app /app
//! ```
//! ```dockerfile,good
//! FROM golang:1.24 AS build
//! RUN go build -o /out/app ./...
//!
//! FROM scratch AS binaries
//! COPY --from=build /out/ /
//!
//! FROM gcr.io/distroless/static:nonroot
//! COPY --from=build /out/app /app
//! ```

use facts::Severity;
use stage::Base;
use syntax::Statement;

use crate::context::Context;
use crate::model::{StageModel, Step};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO201",
    name: "unused-stage",
    aliases: &["no-unreachable-stages"],
    severity: Severity::Info,
    summary: "the target does not need a stage",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("unused_stage.rs"),
};

/// Parts of names of stages that are built on demand.
const ON_DEMAND: &[&str] = &[
    "artifact",
    "binaries",
    "ci",
    "check",
    "cross",
    "debug",
    "dev",
    "doc",
    "export",
    "fmt",
    "generate",
    "integration",
    "lint",
    "local",
    "prod",
    "release",
    "test",
    "tool",
    "update",
    "validate",
    "vendor",
    "watch",
];

fn check(context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    // What a FROM means that names no image cannot be told.
    let is_broken = |base: &Base| matches!(base, Base::Image { reference: None, .. });
    if context.stages.iter().any(|stage| is_broken(&stage.stage.base)) {
        return;
    }
    let label = stage.stage.label();
    // What an on-demand stage is made of is needed as well, so only ends of the graph are reported.
    let has_users = context.graph.users(stage.index).next().is_some();
    let named_for_later = ON_DEMAND.iter().any(|part| label.contains(part));
    let is_meant = named_for_later || is_to_be_run(stage) || is_output(stage) || is_chosen(context, &label);
    if context.is_needed(stage.index) || has_users || is_meant {
        return;
    }
    let place = stage.stage.name.as_ref().map_or(stage.stage.base_range, |name| name.range);
    let target = context.target().map_or_else(String::new, |target| target.stage.label());
    // Nobody builds a stage by its number.
    let severity = if stage.stage.name.is_some() { Severity::Info } else { Severity::Warning };
    sink.report(place, format!("the stage `{label}` is not needed by `{target}`"))
        .severity(severity)
        .help(format!("remove it, or build it with `--target {label}`"));
}

/// Whether a stage that has a name says what its containers do.
fn is_to_be_run(stage: &StageModel<'_>) -> bool {
    let says = |step: &Step<'_>| matches!(step.statement, Some(Statement::Cmd(_) | Statement::Entrypoint(_)));
    stage.stage.name.is_some() && stage.steps.iter().any(says)
}

/// Whether a stage that has a name takes files of other stages and has nothing else: what `--output` writes.
fn is_output(stage: &StageModel<'_>) -> bool {
    let takes = |step: &Step<'_>| step.copy().is_some_and(|copy| !copy.is_context);
    stage.stage.name.is_some() && stage.stage.base == Base::Scratch && stage.steps.iter().all(takes)
}

/// Whether a FROM picks its stage by a variable, and may pick this one: `FROM base-$TARGETARCH`.
fn is_chosen(context: &Context<'_>, label: &str) -> bool {
    let written = context.statements.iter().filter_map(|statement| match statement {
        Ok(Statement::From(from)) => Some(from.image.value.as_str()),
        _ => None,
    });
    written
        .filter_map(|image| image.split_once('$'))
        .any(|(begin, _)| label.starts_with(&begin.to_lowercase()))
}
