//! # frontend-in-env
//!
//! ## What it does
//! Finds `ENV DEBIAN_FRONTEND=…`.
//!
//! ## Why
//! Whoever installs something in a container by hand is asked nothing, and wonders. As an ARG it counts for the build
//! alone.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! ENV DEBIAN_FRONTEND=noninteractive
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! ARG DEBIAN_FRONTEND=noninteractive
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! ARG DEBIAN_FRONTEND=noninteractive
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::is_kept;
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::{Effect, Safety, Severity};
use kit::{Edit, TextRange};
use syntax::Statement;

pub(crate) static RULE: Rule = Rule {
    code: "CO655",
    name: "frontend-in-env",
    aliases: &[],
    severity: Severity::Info,
    summary: "DEBIAN_FRONTEND is set for containers, too",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("frontend_in_env.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(Statement::Env(env)) = step.statement else { return };
    for (key, value) in &env.pairs {
        if key.value != "DEBIAN_FRONTEND" || !is_kept(context, step) || is_undone(context, step) {
            continue;
        }
        let draft = sink
            .report(key.range.cover(value.range), "`DEBIAN_FRONTEND` is set in containers, too")
            .help("use `ARG DEBIAN_FRONTEND=…`, or set it for one command");
        let start = step.instruction.range.start;
        let keyword = TextRange::new(start, start + 3);
        let written = step.instruction.range.slice(context.text());
        if env.pairs.len() == 1
            && written.contains('=')
            // A comment above an ARG describes it, which has a form of its own.
            && step.instruction.comments_above(context.parse).is_empty()
            && keyword.slice(context.text()).eq_ignore_ascii_case("ENV")
        {
            let edit = Edit { range: keyword, replacement: "ARG".to_owned() };
            draft.fix("make it an ARG", Safety::Unsafe, vec![edit]).effects([Effect::Config("Env")]);
        }
    }
}

/// Whether the stage sets it back later.
fn is_undone(context: &Context<'_>, step: &Step<'_>) -> bool {
    context.stages[step.stage].steps.iter().filter(|other| other.index > step.index).any(|other| match other
        .statement
    {
        Some(Statement::Env(env)) => env.pairs.iter().any(|(key, _)| key.value == "DEBIAN_FRONTEND"),
        _ => false,
    })
}
