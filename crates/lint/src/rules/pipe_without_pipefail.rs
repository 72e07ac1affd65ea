//! # pipe-without-pipefail
//!
//! ## What it does
//! Finds pipelines in which the status of all commands but the last is lost, as `pipefail` is not set: neither by
//! `SHELL`, nor by `set -o pipefail`, nor by the arguments of a shell. Commands that cannot fail, as `echo` and
//! `yes`, may stand before the `|`.
//!
//! ## Why
//! `curl … | tar x` goes on with half an archive when the server breaks off, and the step counts as done.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM alpine:3.20
//! RUN wget -qO- https://example.com/list.gz | gunzip > /list
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM alpine:3.20
//! RUN set -o pipefail && wget -qO- https://example.com/list.gz | gunzip > /list
//! USER 1000
//! ```
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN curl -fsSL https://example.com/list.gz | gunzip > /list
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! SHELL ["/bin/bash", "-o", "pipefail", "-c"]
//! RUN curl -fsSL https://example.com/list.gz | gunzip > /list
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! SHELL ["/bin/bash", "-o", "pipefail", "-c"]
//! RUN curl -fsSL https://example.com/list.gz | gunzip > /list
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN echo "Europe/Berlin" | tee /etc/timezone
//! USER 1000
//! ```

use facts::{Effect, Safety, Severity};
use kit::{Edit, TextRange};
use shell::{Command, Dialect, Node, Pipeline, Setting, Settings};

use crate::context::Context;
use crate::model::{RunStep, Script, Step};
use crate::rule::{Check, Rule};
use crate::script::SystemShell;
use crate::shell_form::ShellCommand;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO911",
    name: "pipe-without-pipefail",
    aliases: &["DL4006", "set-pipefail", "shell_running_a_pipe_without_pipefail_flag", "DS-0032"],
    severity: Severity::Warning,
    summary: "a command that fails before a `|` does not make the step fail",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("pipe_without_pipefail.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(run) = step.run() else { return };
    for script in run.scripts().iter().filter(|script| script.is_known() && script.is_as_written) {
        let Some(pipeline) = unsafe_pipeline(script) else { continue };
        let place = run.place(pipeline.node());
        let draft =
            sink.report(place, "the failure of a command before the `|` is lost, as `pipefail` is not set");
        let draft = draft
            .help("set it with `SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]` or `set -o pipefail`");
        if let Some(edit) = setting(context, step, run, script).filter(|_| script.outer.is_none()) {
            draft.fix("set `pipefail`", Safety::Unsafe, vec![edit]).effects([Effect::Config("Shell")]);
        }
        return;
    }
}

/// The first pipeline whose first commands can fail without being noticed.
fn unsafe_pipeline(script: &Script) -> Option<Pipeline<'_>> {
    let mut all = script
        .parse
        .nodes()
        .filter_map(Pipeline::cast)
        .filter(|pipeline| loses_failure(*pipeline))
        .peekable();
    all.peek()?;
    let settings = Settings::new(&script.parse, script.options);
    all.find(|pipeline| settings.at(Setting::Pipefail, pipeline.node()) == Some(false))
}

pub(super) fn loses_failure(pipeline: Pipeline<'_>) -> bool {
    let last = pipeline.commands().last();
    pipeline.commands().any(|command| Some(command) != last && can_fail(command))
}

/// Commands that do not fail, or whose failure by a closed pipe is meant.
const HARMLESS: &[&str] = &[":", "cat", "echo", "printf", "true", "yes"];

fn can_fail(command: Node<'_>) -> bool {
    let Some(simple) = Command::cast(command) else { return true };
    let name = simple.name().unwrap_or_default();
    let reads_text = name != "cat" || simple.redirects().any(|redirect| redirect.heredoc().is_some());
    let runs = simple.node().descendants().any(|node| node.kind().is_substitution());
    !HARMLESS.contains(&name.as_ref()) || !reads_text || runs
}

fn setting(context: &Context<'_>, step: &Step<'_>, run: &RunStep<'_>, script: &Script) -> Option<Edit> {
    let start = run.place(script.parse.root()).start;
    let line = step.instruction.range.start;
    let is_heredoc = TextRange::new(line, start).slice(context.text()).contains("<<");
    let shell = match script.parse.dialect() {
        Dialect::Bash => SystemShell::Bash,
        _ => SystemShell::of_stage(context, step.stage),
    };
    let at = |offset: u32, text: &str| Edit {
        range: TextRange::new(offset, offset),
        replacement: text.to_owned(),
    };
    match shell {
        _ if is_heredoc => None,
        SystemShell::Bash | SystemShell::Busybox => Some(at(start, "set -o pipefail && ")),
        // dash has no such setting, but bash is there.
        SystemShell::Dash if !is_found_before(context, step) && !changes_others(context, step) => {
            Some(at(line, "SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\n"))
        }
        _ => None,
    }
}

/// Whether commands of the image are given to the shell, too.
fn changes_others(context: &Context<'_>, step: &Step<'_>) -> bool {
    let mut later = context.stages[step.stage].steps.iter().filter(|later| later.index > step.index);
    later.any(|later| ShellCommand::of(later).is_some())
}

/// Whether a step before it gets the line already.
fn is_found_before(context: &Context<'_>, step: &Step<'_>) -> bool {
    let runs = context.stages[step.stage].runs().filter(|(other, _)| other.index < step.index);
    runs.flat_map(|(_, run)| run.scripts())
        .any(|script| script.is_known() && unsafe_pipeline(script).is_some())
}
