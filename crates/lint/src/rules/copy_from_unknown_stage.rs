//! # copy-from-unknown-stage
//!
//! ## What it does
//! Finds `--from` and mounts with `from=` whose name is no stage but is written like one: it is close to the name of
//! a stage, or it is a word that stages are called by.
//!
//! ## Why
//! A name that is no stage is taken for an image. The build then fails, or copies from a stranger's image of that
//! name.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM golang:1.24 AS builder
//! RUN go build -o /out/app ./...
//! FROM gcr.io/distroless/static:nonroot
//! COPY --from=bulider /out/app /app
//! ```
//! ```dockerfile,fixed
//! FROM golang:1.24 AS builder
//! RUN go build -o /out/app ./...
//! FROM gcr.io/distroless/static:nonroot
//! COPY --from=builder /out/app /app
//! ```
//! ```dockerfile,good
//! FROM gcr.io/distroless/static:nonroot
//! COPY --from=ghcr.io/astral-sh/uv:0.5 /uv /uv
//! ```

use facts::{Safety, Severity};
use kit::Edit;
use stage::{EdgeKind, Use, closest};

use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO202",
    name: "copy-from-unknown-stage",
    aliases: &["DL3022", "copy_from_without_from_alias_defined_previously"],
    severity: Severity::Warning,
    summary: "a copy from a stage that does not exist",
    enabled: true,
    check: Check::File(check),
    source: include_str!("copy_from_unknown_stage.rs"),
};

/// What stages are called.
const STAGE_WORDS: &[&str] = &[
    "app",
    "base",
    "build",
    "builder",
    "compile",
    "compiler",
    "deps",
    "dependencies",
    "dist",
    "final",
    "frontend",
    "backend",
    "prod",
    "production",
    "release",
    "runtime",
    "stage",
    "test",
];

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for item in context.graph.image_sources() {
        let name = item.name.value.to_ascii_lowercase();
        if name.contains(['/', ':', '@', '.', '$']) {
            continue;
        }
        let earlier = context.graph.stages.iter().take(item.stage);
        let names: Vec<&str> =
            earlier.filter_map(|stage| Some(stage.name.as_ref()?.value.as_str())).collect();
        let meant = closest(&name, names.iter().copied());
        if meant.is_some() || STAGE_WORDS.contains(&name.as_str()) {
            report(item, meant, &names, sink);
        }
    }
}

fn report(item: &Use, meant: Option<&str>, names: &[&str], sink: &mut Sink<'_>) {
    let name = &item.name.value;
    let draft =
        sink.report(item.name.range, format!("there is no stage `{name}` above; it is taken for an image"));
    let Some(meant) = meant else {
        let help = match names {
            [] => "no stage above has a name; add one with `FROM … AS name`".to_owned(),
            names => format!(
                "the stages above are {}",
                names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
            ),
        };
        draft.help(help);
        return;
    };
    let draft = draft.help(format!("did you mean `{meant}`?"));
    // The place of a mount is its whole flag.
    if item.kind == EdgeKind::Copy {
        let edit = Edit { range: item.name.range, replacement: meant.to_owned() };
        draft.fix(format!("copy from `{meant}`"), Safety::Unsafe, vec![edit]);
    }
}
