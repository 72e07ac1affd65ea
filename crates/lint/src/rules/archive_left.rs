//! # archive-left
//!
//! ## What it does
//! Finds archives that a RUN downloads and unpacks, and does not remove, in a stage whose layers are in an image.
//!
//! ## Why
//! The archive is in the image beside what was in it. Removing it in a later instruction leaves it in the layer
//! below.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN curl -fsSLo /tmp/tool.tar.gz https://example.com/tool.tar.gz && tar -xzf /tmp/tool.tar.gz -C /opt
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! RUN curl -fsSLo /tmp/tool.tar.gz https://example.com/tool.tar.gz && tar -xzf /tmp/tool.tar.gz -C /opt && rm /tmp/tool.tar.gz
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN --mount=type=tmpfs,target=/tmp curl -fsSLo /tmp/tool.tar.gz https://example.com/tool.tar.gz && tar -xzf /tmp/tool.tar.gz -C /opt
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::model::{RunCommand, RunStep};
use crate::packages::is_kept;
use crate::paths::{base_name, is_within};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::{Effect, Safety, Severity};
use shell::{Arg, Invocation};
use std::borrow::Cow;

pub(crate) static RULE: Rule = Rule {
    code: "CO724",
    name: "archive-left",
    aliases: &["tarSomethingRmTheSomething"],
    severity: Severity::Info,
    summary: "an archive stays in the layer after it was unpacked",
    enabled: true,
    check: Check::StepOrTrigger(check),
    source: include_str!("archive_left.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(run) = step.run().filter(|_| is_kept(context, step)) else { return };
    let downloads = |item: &RunCommand<'_>, name: &str| {
        matches!(item.command.name(), "curl" | "wget" | "aria2c")
            && item.command.args().iter().any(|arg| base_name(&arg.text) == name)
    };
    for item in &run.commands {
        let Some(archive) = unpacked(&item.command) else { continue };
        let name = base_name(&archive.text);
        let fetched = run.commands.iter().any(|other| downloads(other, name));
        let Some(path) = item.path(step, archive).filter(|path| fetched && !run.is_mounted(path)) else {
            continue;
        };
        if is_gone(step, run, &path, name) {
            continue;
        }
        let draft = sink
            .report(run.place_of_arg(archive), format!("`{name}` stays in the layer"))
            .help("remove it in the same RUN, or unpack while it is fetched: `curl … | tar -xz`");
        let plain = !archive.expands && archive.word.node().text() == archive.text;
        if let Some(edit) =
            run.append(context, &item.command, &format!("rm {}", archive.text)).filter(|_| plain)
        {
            draft
                .fix("remove it in the same RUN", Safety::Unsafe, vec![edit])
                .effects([Effect::Removes(Cow::Owned(path))]);
        }
    }
}

/// The archive that a command unpacks.
fn unpacked<'b, 'a>(command: &'b Invocation<'a>) -> Option<&'b Arg<'a>> {
    const ENDS: &[&str] =
        &[".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".zip"];
    let is_archive =
        |arg: &&Arg<'_>| ENDS.iter().any(|end| arg.text.ends_with(end)) && !arg.text.contains("://");
    let first = command.args().first().map_or("", |arg| arg.text.as_ref());
    let extracts = match command.name() {
        "tar" | "bsdtar" => {
            first.trim_start_matches('-').contains('x') && !first.starts_with("--")
                || command.option("-x").is_some()
                || command.option("--extract").is_some()
        }
        "unzip" => command.option("-l").is_none() && command.option("-p").is_none(),
        _ => false,
    };
    command.args().iter().find(is_archive).filter(|_| extracts)
}

/// Whether the RUN removes or moves the file, or may do so.
fn is_gone(step: &Step<'_>, run: &RunStep<'_>, path: &str, name: &str) -> bool {
    run.named(&["rm", "mv", "find", "shred", "unlink", "trap"]).any(|item| {
        let mut args = item.command.args().iter();
        args.any(|arg| {
            let glob = arg.text.contains(['*', '?', '$', '{']);
            let above = item.path(step, arg).is_some_and(|gone| is_within(path, &gone));
            glob || above || arg.text.contains(name) || arg.text.contains("tmp")
        })
    })
}
