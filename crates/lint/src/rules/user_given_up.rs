//! # user-given-up
//!
//! ## What it does
//! Finds images that end as root where a stage they are built on has chosen another user.
//!
//! ## Why
//! `USER root` for a step is left in place for the container, which was meant to run as somebody else.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM python:3.12-slim AS base
//! RUN useradd -l -u 10001 app
//! USER 10001
//! FROM base
//! USER 0
//! RUN touch /ready
//! ```
//! ```dockerfile,fixed
//! FROM python:3.12-slim AS base
//! RUN useradd -l -u 10001 app
//! USER 10001
//! FROM base
//! USER 0
//! RUN touch /ready
//! USER 10001
//! ```
//! ```dockerfile,good
//! FROM python:3.12-slim AS base
//! RUN useradd -l -u 10001 app
//! USER 10001
//! FROM base
//! USER 0
//! RUN touch /ready
//! USER 10001
//! ```

use facts::{Effect, Safety, Severity};
use stage::Base;

use crate::context::Context;
use crate::lines;
use crate::model::User;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO231",
    name: "user-given-up",
    aliases: &[],
    severity: Severity::Warning,
    summary: "root again, though the stage below has chosen a user",
    enabled: true,
    check: Check::File(check),
    source: include_str!("user_given_up.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let Some(target) = context.target() else { return };
    let (Base::Stage(parent), User::Root(root)) = (&target.stage.base, &target.user) else { return };
    let User::Other(chosen) = context.stages[*parent].user else { return };
    let own = target.stage.range.contains(root.start);
    let Some(last) = target.steps.last().filter(|_| own) else { return };
    let line = format!("USER {}", chosen.slice(context.text()));
    let edit = lines::add_below(context, last.instruction.range, &line);
    sink.report(*root, "the container runs as root, though the stage below has chosen a user")
        .related(chosen, "chosen here")
        .fix("switch back at the end", Safety::Unsafe, vec![edit])
        .effects([Effect::Config("User")]);
}
