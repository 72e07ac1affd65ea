//! # copy-from-mount-target
//!
//! ## What it does
//! Finds `COPY --from` of a path that is only ever written inside a mount of the stage: a cache, a tmpfs, a secret or
//! a bind mount.
//!
//! ## Why
//! What lies in a mount is not part of the stage. The copy fails, or copies an older state of the directory.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM rust:1.82 AS build
//! WORKDIR /src
//! COPY . .
//! RUN --mount=type=cache,target=/src/target cargo build --release
//! FROM debian:12-slim
//! COPY --from=build /src/target/release/app /usr/local/bin/app
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM rust:1.82 AS build
//! WORKDIR /src
//! COPY . .
//! RUN --mount=type=cache,target=/src/target cargo build --release && cp target/release/app /app
//! FROM debian:12-slim
//! COPY --from=build /app /usr/local/bin/app
//! USER 1000
//! ```

use facts::Severity;
use kit::TextRange;
use syntax::MountKind;

use crate::context::Context;
use crate::model::{RunStep, StageModel, Step};
use crate::paths::{base_name, is_within};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO206",
    name: "copy-from-mount-target",
    aliases: &[],
    severity: Severity::Error,
    summary: "a copy of a path that exists only inside a mount",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("copy_from_mount_target.rs"),
};

/// Commands that put nothing new where a build would.
const HARMLESS: &[&str] = &[
    "adduser", "addgroup", "apk", "apt", "apt-get", "cd", "chmod", "chown", "dnf", "echo", "export",
    "groupadd", "ls", "mkdir", "pwd", "rm", "rustup", "set", "true", "useradd", "yum",
];

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some((copy, from)) = step.copy().and_then(|copy| Some((copy, copy.from?))) else { return };
    for source in &copy.sources {
        let Some(path) = source.path.as_deref().filter(|path| *path != "/") else { continue };
        let Some((target, range, kind)) = only_mounted(context, from, path) else { continue };
        let help =
            format!("copy it out of the mount in the same RUN: `&& cp -r {path} /{}`", base_name(path));
        sink.report(
            source.range,
            format!("`{path}` lies in the {} mount `{target}`, which is not part of the stage", kind.name()),
        )
        .related(range, "mounted here")
        .help(help);
    }
}

/// The mount that `path` lies in, when nothing can have put it into the stage itself.
fn only_mounted<'a>(
    context: &'a Context<'_>,
    from: usize,
    path: &str,
) -> Option<(&'a str, TextRange, MountKind)> {
    let stages: Vec<&StageModel<'_>> =
        context.chain(from).into_iter().map(|stage| &context.stages[stage]).collect();
    let mounts = stages.iter().flat_map(|stage| stage.runs()).flat_map(|(_, run)| &run.mounts);
    let covering = |target: &str| target != "/" && is_within(path, target);
    let (target, range, kind) = mounts
        .filter_map(|mount| Some((mount.target.as_deref()?, mount.range, mount.mount.kind)))
        .find(|(target, _, _)| covering(target))?;
    let copied = stages
        .iter()
        .flat_map(|stage| stage.copies())
        .any(|(_, copy)| copy.dest.as_deref().is_none_or(|dest| is_within(dest, target)));
    let written =
        stages.iter().flat_map(|stage| stage.runs()).any(|(_, run)| !run.is_mounted(path) && may_write(run));
    (!copied && !written).then_some((target, range, kind))
}

/// Whether a RUN without the mount can have made the path.
fn may_write(run: &RunStep<'_>) -> bool {
    !run.is_known() || run.commands.iter().any(|item| !HARMLESS.contains(&item.command.name()))
}
