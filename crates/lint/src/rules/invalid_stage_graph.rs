//! # invalid-stage-graph
//!
//! ## What it does
//! Reports stages that cannot be built: base images that are blank or no image
//! references, a target that does not exist.
//!
//! ## Why
//! The build fails.
//!
//! ## Example
//! ```dockerfile,bad
//! ARG VERSION=
//! FROM debian:$VERSION
//! USER 1000
//! ```
//! ```dockerfile,good
//! ARG VERSION=12
//! FROM debian:$VERSION
//! USER 1000
//! ```

use facts::Severity;
use stage::Source;

use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO002",
    name: "invalid-stage-graph",
    aliases: &["INVALID_REFERENCE_FORMAT"],
    severity: Severity::Error,
    summary: "a stage cannot be built",
    enabled: true,
    check: Check::File(check),
    source: include_str!("invalid_stage_graph.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let statements = || context.statements.iter().filter_map(|statement| statement.as_ref().err()).flatten();
    let order = |source: &Source| matches!(source, Source::Own | Source::Later(_));
    for problem in &context.graph.problems {
        let known =
            statements().any(|error| error.range == problem.range && error.message == problem.message);
        // The rule `copy-from-own-stage` says this.
        let ordered =
            context.graph.uses.iter().any(|item| item.name.range == problem.range && order(&item.source));
        // The rule `instruction-before-from` says this.
        let early = context.graph.stages.first().is_none_or(|stage| problem.range.start < stage.range.start);
        let keyword = context.parse.instructions().any(|item| item.keyword == problem.range && early);
        if known || ordered || keyword && !context.graph.stages.is_empty() {
            continue;
        }
        let draft = sink.report(problem.range, problem.message.clone());
        if let Some(help) = &problem.help {
            draft.help(help.clone());
        }
    }
}
