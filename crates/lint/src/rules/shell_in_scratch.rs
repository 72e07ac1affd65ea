//! # shell-in-scratch
//!
//! ## What it does
//! Finds `RUN` in shell form in stages on `scratch` to which nothing has been copied.
//!
//! ## Why
//! There is no `/bin/sh` that could run it: the build fails.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM scratch
//! RUN echo hello
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12 AS build
//! RUN echo hello > /hello
//! FROM scratch
//! COPY --from=build /hello /hello
//! USER 1000
//! ```

use facts::Severity;
use stage::Base;
use syntax::{Form, Statement};

use crate::context::Context;
use crate::model::StageModel;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO215",
    name: "shell-in-scratch",
    aliases: &["shell-run-in-scratch"],
    severity: Severity::Warning,
    summary: "a RUN needs a shell in an image without one",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("shell_in_scratch.rs"),
};

fn check(context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    if stage.stage.base != Base::Scratch {
        return;
    }
    let first = stage.steps.iter().find(|step| step.copy().is_some() || step.run().is_some());
    let Some(step) = first else { return };
    let Some(Statement::Run(run)) = step.statement else { return };
    let mounted = run.mounts.iter().any(|mount| !mount.value.contains("type=secret"));
    if matches!(run.form, Form::Shell(_)) && !mounted && context.is_needed(stage.index) {
        sink.report(
            step.instruction.keyword,
            "nothing has been copied to this stage that could run the command",
        )
        .help("do it in another stage, and copy the result");
    }
}
