//! # entrypoint-drops-cmd
//!
//! ## What it does
//! Finds ENTRYPOINT in a stage that is built on another one with CMD, and has no CMD of its own.
//!
//! ## Why
//! A new ENTRYPOINT resets the CMD that comes from below: the container is started without these arguments.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM python:3.12-slim AS base
//! USER 1000
//! CMD ["gunicorn", "app:app"]
//! FROM base
//! COPY entry.sh /entry.sh
//! ENTRYPOINT ["/entry.sh"]
//! ```
//! ```dockerfile,fixed
//! FROM python:3.12-slim AS base
//! USER 1000
//! CMD ["gunicorn", "app:app"]
//! FROM base
//! COPY entry.sh /entry.sh
//! ENTRYPOINT ["/entry.sh"]
//! CMD ["gunicorn", "app:app"]
//! ```
//! ```dockerfile,good
//! FROM python:3.12-slim AS base
//! USER 1000
//! CMD ["gunicorn", "app:app"]
//! FROM base
//! COPY entry.sh /entry.sh
//! ENTRYPOINT ["/entry.sh"]
//! CMD ["gunicorn", "app:app"]
//! ```

use facts::{Effect, Safety, Severity};
use kit::{Edit, TextRange};
use stage::Base;
use syntax::Statement;

use crate::context::Context;
use crate::model::{StageModel, Step};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO230",
    name: "entrypoint-drops-cmd",
    aliases: &[],
    severity: Severity::Info,
    summary: "ENTRYPOINT drops the CMD of the stage it is built on",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("entrypoint_drops_cmd.rs"),
};

fn check(context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    let Base::Stage(parent) = stage.stage.base else { return };
    let is_cmd = |step: &&Step<'_>| matches!(step.statement, Some(Statement::Cmd(_)));
    let is_entrypoint = |step: &&Step<'_>| matches!(step.statement, Some(Statement::Entrypoint(_)));
    let Some(entrypoint) = stage.steps.iter().rev().find(is_entrypoint) else { return };
    if stage.steps.iter().any(|step| is_cmd(&step)) {
        return;
    }
    let mut chain = context.chain(parent);
    chain.reverse();
    for ancestor in chain {
        let steps = &context.stages[ancestor].steps;
        let Some(cmd) = steps.iter().rev().find(is_cmd) else {
            // It is dropped there already.
            if steps.iter().any(|step| is_entrypoint(&step)) {
                return;
            }
            continue;
        };
        let text = cmd.instruction.range.slice(context.text()).trim_end();
        let end = entrypoint.instruction.range.end;
        let ends = entrypoint.instruction.range.slice(context.text()).ends_with('\n');
        let line = if ends { format!("{text}\n") } else { format!("\n{text}") };
        sink.report(
            entrypoint.instruction.keyword,
            "the CMD of the stage below is dropped by this ENTRYPOINT",
        )
        .related(cmd.instruction.keyword, "this CMD")
        .fix(
            "repeat the CMD",
            Safety::Unsafe,
            vec![Edit { range: TextRange::new(end, end), replacement: line }],
        )
        .effects([Effect::Config("Cmd")]);
        return;
    }
}
