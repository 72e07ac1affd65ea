//! # copy-from-own-stage
//!
//! ## What it does
//! Finds `--from` and mounts with `from=` that name the stage they stand in, or one that comes later.
//!
//! ## Why
//! A stage can only use stages that are complete before it begins: the build fails.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12 AS build
//! RUN make -C /src
//! COPY --from=build /src/app /app
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12 AS build
//! RUN make -C /src
//! FROM debian:12-slim
//! COPY --from=build /src/app /app
//! USER 1000
//! ```

use facts::Severity;
use stage::Source;

use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO203",
    name: "copy-from-own-stage",
    aliases: &[
        "DL3023",
        "DS-0006",
        "circular-stage-deps",
        "copy-from-own-alias",
        "copy_from_references_current_from_alias",
        "DL3022",
    ],
    severity: Severity::Error,
    summary: "a copy from the own stage or a later one",
    enabled: true,
    check: Check::File(check),
    source: include_str!("copy_from_own_stage.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for item in &context.graph.uses {
        let name = &item.name.value;
        match item.source {
            Source::Own => {
                sink.report(
                    item.name.range,
                    format!("`{name}` is the stage that this instruction stands in"),
                )
                .related(context.graph.stages[item.stage].base_range, "the stage begins here")
                .aliases(RULE.aliases.iter().copied().filter(|alias| *alias != "DL3022"))
                .unlike_hadolint(!is_same_name(context, item.stage, name))
                .help("copy from an earlier stage; within a stage use `RUN cp`");
            }
            Source::Later(stage) => {
                sink.report(item.name.range, format!("the stage `{name}` is defined after this instruction"))
                    .related(context.graph.stages[stage].base_range, "the stage begins here")
                    .aliases(["DL3022", "circular-stage-deps"])
                    .help("move the stage before the one that needs it");
            }
            _ => {}
        }
    }
}

/// Whether a name is that of a stage to the letter: hadolint knows neither numbers nor other cases.
fn is_same_name(context: &Context<'_>, stage: usize, name: &str) -> bool {
    let own = context.graph.stages[stage].name.as_ref();
    own.is_some_and(|own| own.range.slice(context.text()) == name)
}
