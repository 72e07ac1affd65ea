//! # pipe-behind-echo
//!
//! ## What it does
//! Finds pipes without `pipefail` that the rule `pipe-without-pipefail` passes over, as those of `echo`.
//!
//! ## Why
//! Printing does not fail, so there is nothing to be seen. Off by default.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! RUN echo "0123  /data" | sha256sum -c
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! SHELL ["/bin/bash", "-o", "pipefail", "-c"]
//! RUN echo "0123  /data" | sha256sum -c
//! USER 1000
//! ```

use facts::Severity;
use shell::Pipeline;
use shell::{Setting, Settings};

use super::pipe_without_pipefail::loses_failure;
use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO419",
    name: "pipe-behind-echo",
    aliases: &["DL4006", "set-pipefail", "shell_running_a_pipe_without_pipefail_flag", "DS-0032"],
    severity: Severity::Style,
    summary: "a pipe without pipefail whose first commands cannot fail",
    enabled: false,
    check: Check::Step(check),
    source: include_str!("pipe_behind_echo.rs"),
};

fn check(_context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(run) = step.run() else { return };
    for script in run.scripts().iter().filter(|script| script.is_known() && script.is_as_written) {
        let mut pipes =
            script.parse.nodes().filter_map(Pipeline::cast).filter(|pipe| pipe.commands().nth(1).is_some());
        let settings = Settings::new(&script.parse, script.options);
        let harmless = |pipe: &Pipeline<'_>| {
            !loses_failure(*pipe) && settings.at(Setting::Pipefail, pipe.node()) == Some(false)
        };
        if let Some(pipe) = pipes.find(harmless) {
            sink.report(
                run.place(pipe.node()),
                "a pipe without `pipefail`, though its first commands cannot fail",
            );
            return;
        }
    }
}
