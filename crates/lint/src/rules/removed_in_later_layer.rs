//! # removed-in-later-layer
//!
//! ## What it does
//! Finds RUN that removes packages which an earlier RUN of the image has installed.
//!
//! ## Why
//! A layer keeps its files for good; removing them later makes the image larger by what is written for it.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM alpine:3.20
//! RUN apk add --no-cache --virtual .build-deps gcc=13.2.1_git20240309-r0
//! COPY main.c /
//! RUN gcc -static -o /app /main.c
//! RUN apk del .build-deps
//! USER 1000
//! ```
//! ```dockerfile,bad
//! FROM alpine:3.20
//! RUN apk add --no-cache --virtual .build-deps gcc=13.2.1_git20240309-r0 && gcc --version > /version
//! RUN apk del .build-deps
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM alpine:3.20
//! RUN apk add --no-cache --virtual .build-deps gcc=13.2.1_git20240309-r0 && gcc --version > /version \
//!     && apk del .build-deps
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM alpine:3.20
//! COPY main.c /
//! RUN apk add --no-cache --virtual .build-deps gcc=13.2.1_git20240309-r0 && gcc -static -o /app /main.c && apk del .build-deps
//! USER 1000
//! ```

use std::borrow::Cow;

use facts::{Effect, Safety, Severity};
use kit::{Edit, TextRange};
use syntax::Statement;

use super::consecutive_runs::join;
use crate::context::Context;
use crate::model::Step;
use crate::packages::Verb;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO752",
    name: "removed-in-later-layer",
    aliases: &[],
    severity: Severity::Warning,
    summary: "what another layer holds is removed, which saves nothing",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("removed_in_later_layer.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(run) = step.run().filter(|_| context.is_shipped(step.stage)) else { return };
    for call in run.calls().filter(|call| call.verb() == Verb::Remove) {
        for word in call.operands() {
            let name = word.text.as_ref();
            if word.expands || installs(run, name).is_some() {
                continue;
            }
            if let Some(place) = installed_before(context, step, name) {
                let draft = sink
                    .report(call.place(), format!("`{name}` stays in the layer that has installed it"))
                    .related(place, "installed here")
                    .help("remove it in the same RUN, or install it in a build stage");
                if let Some(edit) = join_with_above(context, step, place) {
                    draft
                        .fix("join it with the RUN above", Safety::Unsafe, vec![edit])
                        .effects([Effect::Changes(Cow::Borrowed("/"))]);
                }
                break;
            }
        }
    }
}

/// Joins a step with the one right above it when that is where something was installed.
fn join_with_above(context: &Context<'_>, step: &Step<'_>, installed: TextRange) -> Option<Edit> {
    let steps = &context.stages[step.stage].steps;
    let at = steps.iter().position(|other| other.index == step.index)?;
    let above = steps.get(at.checked_sub(1)?)?;
    let plain =
        |step: &Step<'_>| matches!(step.statement, Some(Statement::Run(run)) if run.heredocs.is_empty());
    let joins = above.instruction.range.contains(installed.start) && plain(above) && plain(step);
    joins.then(|| join(context, above, step)).flatten()
}

/// Where an earlier step of the image installs a package.
fn installed_before(context: &Context<'_>, step: &Step<'_>, name: &str) -> Option<TextRange> {
    let stages = context.image().iter().filter(|stage| **stage <= step.stage);
    let runs = stages.flat_map(|stage| context.stages[*stage].runs());
    runs.filter(|(other, _)| other.index < step.index).find_map(|(_, run)| installs(run, name))
}

fn installs(run: &crate::model::RunStep<'_>, name: &str) -> Option<TextRange> {
    run.calls().filter(|call| call.verb() == Verb::Install).find_map(|call| {
        let virtual_name = ["-t", "--virtual"];
        let named = call.operands().any(|word| word.text.split('=').next() == Some(name))
            || call.values(&virtual_name).any(|value| value == name);
        named.then(|| call.place())
    })
}
