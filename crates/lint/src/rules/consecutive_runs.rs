//! # consecutive-runs
//!
//! ## What it does
//! Finds a RUN with one command directly below another one, where both have the same flags.
//!
//! ## Why
//! Each is a layer and a step of its own. One RUN says that the commands belong together, and what the second one
//! removes is gone from the image.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN groupadd -g 1000 app
//! RUN useradd -g app -u 1000 -l app
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! RUN groupadd -g 1000 app \
//!     && useradd -g app -u 1000 -l app
//! USER 1000
//! ```
//! ```dockerfile,bad
//! FROM debian:12-slim
//! ARG EXTRA
//! RUN if [ -n "$EXTRA" ]; then install-extra "$EXTRA"; fi
//! RUN groupadd -g 1000 app
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! ARG EXTRA
//! RUN if [ -n "$EXTRA" ]; then install-extra "$EXTRA"; fi \
//!     && groupadd -g 1000 app
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM scratch
//! COPY --from=busybox:1.37 /bin /busybox
//! RUN ["/busybox/mkdir", "-p", "/data"]
//! RUN ["/busybox/touch", "/data/new"]
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN groupadd -g 1000 app && useradd -g app -u 1000 -l app
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::{RunCommand, StageModel, Step};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::{Safety, Severity};
use kit::{Edit, TextRange};
use stage::Base;
use syntax::{Form, Statement};

pub(crate) static RULE: Rule = Rule {
    code: "CO720",
    name: "consecutive-runs",
    aliases: &["DL3059", "S7031", "multiple_run_add_copy_instructions_listed", "prefer-run-heredoc"],
    severity: Severity::Info,
    summary: "two short RUN instructions follow each other",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("consecutive_runs.rs"),
};

fn check(context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    for pair in stage.steps.windows(2) {
        let [first, second] = pair else { continue };
        if !is_short(first) || !is_short(second) || flags(context, first) != flags(context, second) {
            continue;
        }
        // What the image brings need not be more than two programs without a shell.
        if is_array(second) && context.graph.root_base(stage.index) == Some(&Base::Scratch) {
            continue;
        }
        let range = second.instruction.range;
        let draft = sink
            .report(keyword(range), "this RUN can be part of the one above")
            .help("join them with `&&`, or use a heredoc for both");
        if let Some(edit) = join(context, first, second) {
            draft.fix("join it with the RUN above", Safety::Unsafe, vec![edit]);
        }
    }
}

/// The place of `RUN`.
const fn keyword(range: TextRange) -> TextRange {
    TextRange::new(range.start, range.start + 3)
}

/// Whether it is a RUN with one command at most, besides conditions and assignments, and no heredoc.
fn is_short(step: &Step<'_>) -> bool {
    let Some(Statement::Run(run)) = step.statement else { return false };
    let Some(commands) = step.run().map(|run| &run.commands).filter(|commands| !commands.is_empty()) else {
        return false;
    };
    let counts = |item: &&RunCommand<'_>| !matches!(item.command.name(), "" | "[");
    run.heredocs.is_empty() && commands.iter().filter(counts).nth(1).is_none()
}

fn is_array(step: &Step<'_>) -> bool {
    matches!(step.statement, Some(Statement::Run(run)) if matches!(run.form, Form::Json(_)))
}

/// The flags of a RUN, in any order.
fn flags(context: &Context<'_>, step: &Step<'_>) -> Vec<String> {
    let mut flags: Vec<String> =
        step.instruction.flags(context.parse).into_iter().map(|flag| flag.value).collect();
    flags.sort_unstable();
    flags
}

/// Replaces what is between the commands, where both are for the shell and nothing but blanks is there.
pub(super) fn join(context: &Context<'_>, first: &Step<'_>, second: &Step<'_>) -> Option<Edit> {
    let shell = |step: &Step<'_>| {
        let run = step.run()?;
        let item = run.commands.first()?;
        let word = item.command.words().first()?;
        (run.place_of_arg(word).slice(context.text()) == word.word.node().text()).then_some(())
    };
    shell(first).and(shell(second))?;
    let (above, below) = (first.instruction.range, second.instruction.range);
    let text = context.text();
    let before = above.slice(text).trim_end();
    // A comment at the end of the first would hide the second, and what ends with an operator takes no other.
    if before.contains(" #") || before.contains("\t#") || before.ends_with([';', '&', '|']) {
        return None;
    }
    let end = above.start + u32::try_from(before.len()).ok()?;
    let between = TextRange::new(end, below.start).slice(text);
    let line = below.slice(text);
    let behind = line.get(3..)?.trim_start_matches([' ', '\t']);
    if !between.trim().is_empty()
        || !flags(context, second).is_empty()
        || behind.starts_with(['\\', '`', '\n', '#'])
    {
        return None;
    }
    let begin = below.start + u32::try_from(line.len() - behind.len()).ok()?;
    let escape = context.parse.escape();
    Some(Edit { range: TextRange::new(end, begin), replacement: format!(" {escape}\n    && ") })
}
