//! # cross-build-without-target
//!
//! ## What it does
//! Finds stages with `--platform=$BUILDPLATFORM` that compile a program for the image and use none of `TARGETARCH`,
//! `TARGETOS`, `TARGETPLATFORM`.
//!
//! ## Why
//! On an image for another platform, the program is one for the machine that built it, and does not start.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM --platform=$BUILDPLATFORM golang:1.24 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o /app .
//! FROM scratch
//! COPY --from=build /app /app
//! USER 65532
//! ```
//! ```dockerfile,good
//! FROM --platform=$BUILDPLATFORM golang:1.24 AS build
//! ARG TARGETOS TARGETARCH
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /app .
//! FROM scratch
//! COPY --from=build /app /app
//! USER 65532
//! ```

use facts::Severity;
use stage::EdgeKind;

use crate::context::Context;
use crate::model::StageModel;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO225",
    name: "cross-build-without-target",
    aliases: &[],
    severity: Severity::Warning,
    summary: "a stage on the platform of the builder does not compile for that of the image",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("cross_build_without_target.rs"),
};

fn check(context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    if !is_native(context, stage.index) || !context.is_needed(stage.index) {
        return;
    }
    let text = stage.stage.range.slice(context.text());
    let words = ["TARGET", "GOARCH", "xx-", "goxx", "--target", "gox ", "goreleaser", "mage", "osxcross"];
    let chain = context.chain(stage.index);
    let told = |stage: &usize| {
        let text = context.stages[*stage].stage.range.slice(context.text());
        words.iter().any(|word| text.contains(word))
    };
    if words.iter().any(|word| text.contains(word)) || chain.iter().any(told) {
        return;
    }
    let used = context.graph.edges.iter().find(|edge| {
        edge.from == stage.index
            && edge.kind == EdgeKind::Copy
            && context.is_shipped(edge.to)
            && !is_native(context, edge.to)
    });
    if used.is_none() {
        return;
    }
    for (_, run) in stage.runs() {
        let compiles = |name: &str, verb: &str| match name {
            "go" | "cargo" => verb == "build",
            "gcc" | "g++" | "cc" => true,
            _ => false,
        };
        let found = run.commands.iter().find(|item| {
            let verb = item.command.operands().next().map_or("", |word| word.text.as_ref());
            compiles(item.command.name(), verb)
        });
        if let Some(item) = found {
            sink.report(
                run.place_of_command(&item.command),
                "the program is for the platform of the builder, not for that of the image",
            )
            .related(stage.stage.base_range, "this stage runs on the platform of the builder")
            .help("declare `ARG TARGETOS TARGETARCH` and give them to the compiler");
            return;
        }
    }
}

/// Whether a stage, or the one it is built on, is for the platform of the builder.
fn is_native(context: &Context<'_>, stage: usize) -> bool {
    context.chain(stage).iter().any(|stage| {
        let platform = context.stage_from(&context.stages[*stage]).and_then(|from| from.platform.as_ref());
        platform.is_some_and(|platform| platform.value.contains("BUILDPLATFORM"))
    })
}
