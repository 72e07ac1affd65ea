//! # context-leaks-through-stage
//!
//! ## What it does
//! Finds stages that take the whole context with `COPY . .` and whose directory is then copied whole into the image.
//!
//! ## Why
//! What was in the context travels along: `.git`, `.env`, tests, sources, keys. What the image needs is known better
//! than what it must not have.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM golang:1.24-bookworm AS build
//! WORKDIR /src
//! COPY . .
//! RUN go build -o bin/server ./cmd/server
//! FROM gcr.io/distroless/base-debian12:nonroot
//! COPY --from=build /src /srv
//! ENTRYPOINT ["/srv/bin/server"]
//! ```
//! ```dockerfile,good
//! FROM golang:1.24-bookworm AS build
//! WORKDIR /src
//! COPY . .
//! RUN go build -o bin/server ./cmd/server
//! FROM gcr.io/distroless/base-debian12:nonroot
//! COPY --from=build /src/bin /srv/bin
//! ENTRYPOINT ["/srv/bin/server"]
//! ```

use facts::Severity;
use kit::TextRange;

use crate::context::Context;
use crate::known::{compiles, runtime_of};
use crate::model::{StageModel, Step};
use crate::paths::is_within;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO207",
    name: "context-leaks-through-stage",
    aliases: &[],
    severity: Severity::Warning,
    summary: "the whole context gets into the image through a build stage",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("context_leaks_through_stage.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some((copy, from)) = step.copy().and_then(|copy| Some((copy, copy.from?))) else { return };
    if !context.is_shipped(step.stage) || step.copy_statement().is_some_and(|copy| !copy.exclude.is_empty()) {
        return;
    }
    for source in &copy.sources {
        let Some(path) = source.path.as_deref() else { continue };
        // A copy of the whole root has a rule of its own.
        let Some((whole, dir)) =
            whole_context(context, from).filter(|(_, dir)| path != "/" && is_within(dir, path))
        else {
            continue;
        };
        let compiled = is_compiled(context, from);
        sink.report(
            source.range,
            format!("`{path}` holds the whole build context, which gets into the image"),
        )
        .severity(if compiled { Severity::Warning } else { Severity::Info })
        .related(whole, format!("the context is copied to `{dir}` here"))
        .help("copy only what the image needs, and keep the rest out with a .dockerignore file");
    }
}

/// The instruction of a stage that copies the whole context, and where to.
fn whole_context(context: &Context<'_>, stage: usize) -> Option<(TextRange, String)> {
    let stages = context.chain(stage).into_iter().map(|stage| &context.stages[stage]);
    let mut copies = stages.flat_map(StageModel::copies).filter(|(_, copy)| copy.is_context);
    copies.find_map(|(_, copy)| {
        let whole =
            copy.sources.iter().find(|source| matches!(source.path.as_deref(), Some("." | "./" | "/")))?;
        Some((whole.range, copy.dest.clone()?))
    })
}

/// Whether the result of the stage is something else than the sources.
fn is_compiled(context: &Context<'_>, stage: usize) -> bool {
    let sdk =
        context.root_image(stage).is_some_and(|(image, tag)| runtime_of(&image, tag.as_deref()).is_some());
    sdk && context.stages[stage]
        .runs()
        .any(|(_, run)| run.commands.iter().any(|item| compiles(&item.command)))
}
