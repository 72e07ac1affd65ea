//! # write-into-bind-mount
//!
//! ## What it does
//! Finds RUN that tells a compiler to write its output below the target of a bind mount.
//!
//! ## Why
//! What is written into a bind mount is thrown away when the step ends, and without `rw` it cannot be written at
//! all. The layer stays empty.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM golang:1.24 AS build
//! WORKDIR /src
//! RUN --mount=type=bind,target=/src,rw CGO_ENABLED=0 go build -o /src/out/app ./...
//! FROM scratch
//! COPY --from=build /src/out/app /app
//! USER 65532
//! ```
//! ```dockerfile,good
//! FROM golang:1.24 AS build
//! WORKDIR /src
//! RUN --mount=type=bind,target=/src CGO_ENABLED=0 go build -o /out/app ./...
//! FROM scratch
//! COPY --from=build /out/app /app
//! USER 65532
//! ```

use facts::Severity;
use syntax::MountKind;

use crate::context::Context;
use crate::model::{RunStep, Step};
use crate::paths::is_within;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO220",
    name: "write-into-bind-mount",
    aliases: &[],
    severity: Severity::Warning,
    summary: "what a step writes into a bind mount is lost",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("write_into_bind_mount.rs"),
};

fn check(_context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(run) = step.run() else { return };
    for item in &run.commands {
        let compiles =
            matches!(item.command.name(), "go" | "gcc" | "g++" | "cc" | "clang" | "rustc" | "curl" | "wget");
        let option = if item.command.name() == "wget" { "-O" } else { "-o" };
        let Some((value, word)) = item.command.value(&[option]).filter(|_| compiles) else { continue };
        let Some(path) = item.path_of(step, value, word.expands) else { continue };
        let Some((target, place)) = lost_in(run, &path).filter(|_| !is_moved(run, step, &path)) else {
            continue;
        };
        sink.report(
            run.place_of_arg(word),
            format!("`{path}` is lost: it lies in the bind mount `{target}`"),
        )
        .related(place, "mounted here")
        .help("write it outside of the mount");
    }
}

/// The bind mount that a path lies in, when no other mount lies over it.
fn lost_in<'b>(run: &'b RunStep<'_>, path: &str) -> Option<(&'b str, kit::TextRange)> {
    let covering = |target: &str| target != "/" && is_within(path, target);
    let mut mounts: Vec<_> = run
        .mounts
        .iter()
        .filter_map(|mount| Some((mount.target.as_deref()?, mount)))
        .filter(|(target, _)| covering(target))
        .collect();
    mounts.sort_by_key(|(target, _)| target.len());
    let (target, mount) = mounts.pop()?;
    (mount.mount.kind == MountKind::Bind).then_some((target, mount.range))
}

/// Whether a later command of the same step takes the file elsewhere, or runs it.
fn is_moved(run: &RunStep<'_>, step: &Step<'_>, path: &str) -> bool {
    let uses = run
        .commands
        .iter()
        .filter(|item| matches!(item.command.name(), "cp" | "mv" | "install" | "tar" | "rsync"));
    uses.into_iter().any(|item| {
        item.command.operands().any(|arg| item.path(step, arg).is_none_or(|from| is_within(path, &from)))
    }) || run
        .commands
        .iter()
        .any(|item| item.command.program().is_some_and(|word| item.path(step, word).as_deref() == Some(path)))
}
