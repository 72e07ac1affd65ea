//! # numbered-stage
//!
//! ## What it does
//! Finds `--from=` with the number of a stage.
//!
//! ## Why
//! The number changes when a stage is added above. Off by default.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM golang:1.23
//! RUN go build -o /app .
//! FROM debian:12
//! COPY --from=0 /app /app
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM golang:1.23 AS build
//! RUN go build -o /app .
//! FROM debian:12
//! COPY --from=build /app /app
//! USER 1000
//! ```

use facts::{Safety, Severity};
use kit::Edit;
use stage::Source;

use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO214",
    name: "numbered-stage",
    aliases: &["using_unnamed_build_stages"],
    severity: Severity::Style,
    summary: "a stage is copied from by its number",
    enabled: false,
    check: Check::File(check),
    source: include_str!("numbered_stage.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for item in &context.graph.uses {
        if let (Source::Stage(stage), true) = (&item.source, item.name.value.parse::<usize>().is_ok()) {
            let draft =
                sink.report(item.name.range, format!("the stage is meant by its number {}", item.name.value));
            let draft = draft.help("give the stage a name with `AS` and use that");
            if let Some(name) = &context.graph.stages[*stage].name {
                let edit = Edit { range: item.name.range, replacement: name.value.clone() };
                draft.fix(format!("copy from `{}`", name.value), Safety::Safe, vec![edit]);
            }
        }
    }
}
