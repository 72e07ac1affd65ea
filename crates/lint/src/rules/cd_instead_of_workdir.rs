//! # cd-instead-of-workdir
//!
//! ## What it does
//! Finds RUN that changes its directory with `cd`.
//!
//! ## Why
//! The directory is that of this RUN alone: the next one begins where `WORKDIR` says. With `WORKDIR` a reader sees
//! where a step is done, and a directory that is missing is made.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN cd /opt/tool && ./configure
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! WORKDIR /opt/tool
//! RUN ./configure
//! USER 1000
//! ```
//! What comes after it keeps its directory:
//! ```dockerfile,bad
//! FROM debian:12-slim
//! WORKDIR /app
//! RUN cd tool && ./configure
//! COPY . .
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! WORKDIR /app
//! WORKDIR /app/tool
//! RUN ./configure
//! WORKDIR /app
//! COPY . .
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! WORKDIR /opt/tool
//! RUN ./configure
//! USER 1000
//! ```

use facts::{Effect, Safety, Severity};
use kit::{Edit, TextRange};
use shell::{Link, Pipeline};
use stage::Base;
use syntax::Statement;

use crate::context::Context;
use crate::model::{RunCommand, RunStep, Step};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO910",
    name: "cd-instead-of-workdir",
    aliases: &["DL3003", "DS-0013", "use-workdir", "run_command_cd_instead_of_workdir", "AC_DOCKER_0018"],
    severity: Severity::Info,
    summary: "`cd` counts for one RUN alone; `WORKDIR` says where the steps are done",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("cd_instead_of_workdir.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(run) = step.run() else { return };
    let own = |item: &&RunCommand<'_>| item.command.wrappers().next().is_none() && is_outermost(run, item);
    let mut found = run.named(&["cd"]).filter(own);
    let Some(first) = found.next() else { return };
    let draft = sink
        .report(run.place_of_command(&first.command), "the directory is changed for this RUN alone")
        .help("say with `WORKDIR` where the steps are done");
    let edits = if found.next().is_none() { workdir(context, step, run, first) } else { None };
    if let Some(edits) = edits {
        draft.fix("use `WORKDIR`", Safety::Unsafe, edits).effects([Effect::Config("WorkingDir")]);
    }
}

fn is_outermost(run: &RunStep<'_>, item: &RunCommand<'_>) -> bool {
    run.scripts().first().is_some_and(|script| script.holds(item.command.command().node()))
}

/// `WORKDIR` instead of `cd`, where that is the first command, is followed by others with `&&`, and names its directory.
/// What is done later in another directory gets that one back.
fn workdir(
    context: &Context<'_>,
    step: &Step<'_>,
    run: &RunStep<'_>,
    item: &RunCommand<'_>,
) -> Option<Vec<Edit>> {
    let [arg] = item.command.args() else { return None };
    let node = item.command.command().node();
    let plain =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._+-".contains(&byte));
    let root = node.parse().root();
    let begins = root.range().start == node.range().start && !node.ancestors().any(shell::Node::is_subshell);
    let path = item.path(step, arg).filter(|path| plain(path))?;
    if arg.expands || !plain(&arg.text) || arg.text.starts_with('-') || !begins {
        return None;
    }
    let next = Pipeline::around(node)?.node().siblings_behind().nth(1).and_then(Pipeline::cast)?;
    let place = run.place_of_command(&item.command);
    let rest = TextRange::new(place.start, run.place(next.node()).start);
    let line = step.instruction.range;
    if next.link() != Link::And || rest.start <= line.start || rest.slice(context.text()).contains('#') {
        return None;
    }
    let at = |offset: u32| TextRange::new(offset, offset);
    let mut edits = vec![
        Edit { range: at(line.start), replacement: format!("WORKDIR {path}\n") },
        Edit { range: rest, replacement: String::new() },
    ];
    if matters_later(context, step) {
        let before = item.cwd.as_ref().filter(|path| plain(path))?;
        let below = context.instruction(step.index + 1)?.range.start;
        edits.push(Edit { range: at(below), replacement: format!("WORKDIR {before}\n") });
    }
    Some(edits)
}

/// Whether something behind a step is done in its working directory.
fn matters_later(context: &Context<'_>, step: &Step<'_>) -> bool {
    for later in context.stages[step.stage].steps.iter().filter(|later| later.index > step.index) {
        match later.statement {
            Some(Statement::Workdir(path)) => return !path.value.starts_with('/'),
            Some(Statement::Run(_)) if !begins_elsewhere(later) => return true,
            Some(Statement::Copy(copy) | Statement::Add(copy)) if !copy.dest.value.starts_with('/') => {
                return true;
            }
            Some(
                Statement::Onbuild(_)
                | Statement::Cmd(_)
                | Statement::Entrypoint(_)
                | Statement::Healthcheck(_),
            )
            | None => return true,
            _ => {}
        }
    }
    // What the image says of its directory is what the fix declares to change.
    context.stages.iter().any(|other| other.stage.base == Base::Stage(step.stage))
}

/// Whether a RUN goes to an absolute path before it does anything.
fn begins_elsewhere(step: &Step<'_>) -> bool {
    let first = step.run().and_then(|run| run.commands.first());
    first.is_some_and(|item| {
        item.command.name() == "cd"
            && item.command.args().first().is_some_and(|arg| arg.text.starts_with('/'))
    })
}
