//! # volatile-argument-early
//!
//! ## What it does
//! Finds ARG with the revision, date or number of a build above a RUN that installs packages and does not use it.
//!
//! ## Why
//! The value of an ARG is part of what a RUN below it is looked up by: with a new one, all of them are run again.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM python:3.12-slim
//! ARG GIT_SHA
//! COPY requirements.txt /app/
//! RUN pip install --no-cache-dir -r /app/requirements.txt
//! LABEL org.opencontainers.image.revision=$GIT_SHA
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM python:3.12-slim
//! COPY requirements.txt /app/
//! RUN pip install --no-cache-dir -r /app/requirements.txt
//! ARG GIT_SHA
//! LABEL org.opencontainers.image.revision=$GIT_SHA
//! USER 1000
//! ```

use facts::Severity;
use syntax::Statement;

use crate::context::Context;
use crate::model::StageModel;
use crate::packages::Verb;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO751",
    name: "volatile-argument-early",
    aliases: &[],
    severity: Severity::Info,
    summary: "an argument that changes with every build stands above slow steps",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("volatile_argument_early.rs"),
};

const VOLATILE: &[&str] = &[
    "BUILD_DATE",
    "BUILD_ID",
    "BUILD_NUMBER",
    "BUILD_REVISION",
    "BUILD_TIME",
    "BUILD_TIMESTAMP",
    "CACHEBUST",
    "CACHE_BUST",
    "CI_COMMIT_SHA",
    "COMMIT",
    "COMMIT_HASH",
    "COMMIT_SHA",
    "DATE",
    "GITHUB_RUN_ID",
    "GITHUB_SHA",
    "GIT_COMMIT",
    "GIT_HASH",
    "GIT_REV",
    "GIT_REVISION",
    "GIT_SHA",
    "REVISION",
    "SHA",
    "VCS_REF",
    "VCS_REVISION",
];

fn check(context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    for (at, step) in stage.steps.iter().enumerate() {
        let Some(Statement::Arg(args)) = step.statement else { continue };
        for arg in args {
            let name = arg.key.value.as_str();
            let fixed = arg
                .value
                .as_ref()
                .is_some_and(|value| !matches!(value.value.as_str(), "" | "unknown" | "dev" | "none"));
            if !VOLATILE.contains(&name.to_ascii_uppercase().as_str()) || fixed || name.contains("BUST") {
                continue;
            }
            let has_name = |text: &str| text.contains(name);
            let behind = &stage.steps[at + 1..];
            let used = behind
                .iter()
                .position(|step| has_name(step.instruction.range.slice(context.text())))
                .unwrap_or(behind.len());
            let slow = behind[..used].iter().filter_map(|step| step.run()).find_map(|run| {
                let call = run
                    .calls()
                    .find(|call| matches!(call.verb(), Verb::Install | Verb::Restore | Verb::Build))?;
                Some(call.place())
            });
            if let Some(place) = slow {
                sink.report(
                    arg.key.range,
                    format!("a new value of `{name}` repeats the steps below that do not use it"),
                )
                .related(place, "this step, for example")
                .help("declare it just before its first use");
            }
        }
    }
}
