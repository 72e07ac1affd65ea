//! # missing-label
//!
//! ## What it does
//! Finds images without a label that the settings require: the last stage, and each other stage that can be meant as an
//! image, as no stage takes files from it. A label that a stage built directly on it has is not missed.
//!
//! ## Why
//! Whoever required it relies on it.
//!
//! ## Example
//! ```toml,settings
//! required-labels = true
//! [labels]
//! "test.text" = "text"
//! ```
//! ```dockerfile,bad
//! FROM debian:12
//! USER 1000
//! ```
//! ```dockerfile,bad
//! FROM debian:12 AS tools
//! USER 1000
//! FROM debian:12
//! LABEL test.text=a
//! USER 1000
//! ```
//! ```dockerfile,bad,lines:1
//! FROM debian:12 AS base
//! FROM base AS middle
//! FROM middle
//! LABEL test.text=a
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12 AS base
//! FROM base
//! LABEL test.text=a
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! LABEL test.text=a
//! USER 1000
//! ```

use facts::Severity;
use stage::EdgeKind;

use crate::context::Context;
use crate::labels::{bare, labels};
use crate::model::StageModel;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO821",
    name: "missing-label",
    aliases: &["DL3049", "S7028"],
    severity: Severity::Info,
    summary: "a required label is missing",
    enabled: true,
    check: Check::File(check),
    source: include_str!("missing_label.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    if !context.settings().required_labels {
        return;
    }
    for stage in context.stages.iter().filter(|stage| is_image(context, stage)) {
        let own = names(context, stage.index);
        let children = || context.graph.users(stage.index).map(|(child, _)| child);
        for name in context.settings().labels.keys() {
            let has = |names: &[&str]| names.contains(&name.as_str());
            if !has(&own) && !children().any(|child| has(&names(context, child))) {
                sink.report(stage.stage.base_range, format!("the label `{name}` is missing"))
                    .help(format!("add `LABEL {name}=…`"));
            }
        }
    }
}

/// The names of the labels of a stage, with those of the stages that it is built on.
fn names<'b>(context: &'b Context<'_>, stage: usize) -> Vec<&'b str> {
    let chain = context.chain(stage);
    let steps = chain.into_iter().flat_map(|stage| &context.stages[stage].steps);
    steps.flat_map(labels).map(|(key, _)| bare(&key.value)).collect()
}

/// Whether a stage is an image of its own: no other stage takes files from it. A part of a file, without its `FROM`, is
/// none.
fn is_image(context: &Context<'_>, stage: &StageModel<'_>) -> bool {
    let mut users = context.graph.users(stage.index);
    stage.stage.from_instruction.is_some() && users.all(|(_, kind)| kind == EdgeKind::From)
}
