//! # stage-ends-as-root
//!
//! ## What it does
//! Finds stages other than the final one whose last `USER` is root.
//!
//! ## Why
//! Stages that are built on it begin as root. For the final stage there is the rule `root-user`.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12 AS build
//! USER root
//! RUN make -C /src
//! FROM debian:12
//! COPY --from=build /src/app /app
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12 AS build
//! RUN make -C /src
//! FROM debian:12
//! COPY --from=build /src/app /app
//! USER 1000
//! ```

use facts::Severity;
use syntax::Statement;

use crate::context::Context;
use crate::model::{StageModel, User};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO505",
    name: "stage-ends-as-root",
    aliases: &["DL3002"],
    severity: Severity::Info,
    summary: "a stage that is not the image ends as root",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("stage_ends_as_root.rs"),
};

fn check(context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    let is_target = context.target().is_some_and(|target| target.index == stage.index);
    let last = stage.steps.iter().rev().find_map(|step| match step.statement {
        Some(Statement::User(user)) => Some(user),
        _ => None,
    });
    if let (Some(user), User::Root(_), false) = (last, &stage.user, is_target) {
        sink.report(user.range, "the stage ends as root")
            .help(
                "nothing has to be done unless it is shipped; without `USER` it runs as the user of its base",
            )
            .unlike_hadolint(!user.range.slice(context.text()).starts_with(['r', '0']));
    }
}
