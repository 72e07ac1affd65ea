//! # secret-mount-persisted
//!
//! ## What it does
//! Finds commands that copy or redirect a secret mount to a path outside of all mounts, unless the same RUN deletes
//! it again.
//!
//! ## Why
//! The mount itself is in no layer, but the copy is: the secret can be read by everybody who can pull the image, or,
//! in a stage that is not shipped, by everybody who can read the build cache.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM alpine:3.20 AS fetch
//! WORKDIR /src
//! RUN --mount=type=secret,id=kubeconfig cp /run/secrets/kubeconfig /src/kubeconfig
//!
//! FROM alpine:3.20
//! COPY --from=fetch /src /src
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM alpine:3.20 AS fetch
//! WORKDIR /src
//! RUN --mount=type=secret,id=kubeconfig kubectl --kubeconfig /run/secrets/kubeconfig get pods > /src/pods
//!
//! FROM alpine:3.20
//! COPY --from=fetch /src /src
//! USER 1000
//! ```

use facts::Severity;
use kit::TextRange;
use shell::{Arg, Redirect, Word};
use syntax::MountKind;

use crate::context::Context;
use crate::model::{RunCommand, RunStep, Step};
use crate::paths::{base_name, is_within};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO103",
    name: "secret-mount-persisted",
    aliases: &[],
    severity: Severity::Error,
    summary: "a secret mount is copied into a layer",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("secret_mount_persisted.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(run) = step.run() else { return };
    let secrets = run.mounts.iter().filter(|mount| mount.mount.kind == MountKind::Secret);
    for secret in secrets.filter_map(|mount| Some((mount.target.as_deref()?, mount.range))) {
        for item in &run.commands {
            for target in persisted(step, item, secret.0) {
                report(context, step, run, (&target.0, target.1), secret, sink);
            }
        }
    }
}

/// The paths a command writes the secret to, with the words that name them.
fn persisted<'a>(step: &Step<'_>, item: &RunCommand<'a>, secret: &str) -> Vec<(String, Word<'a>)> {
    let command = &item.command;
    let reads = |arg: &Arg<'_>| item.path(step, arg).is_some_and(|path| is_within(&path, secret));
    match command.name() {
        "cp" | "mv" | "install" => {
            let operands: Vec<&Arg<'a>> = command.operands().collect();
            let Some((dest, sources)) = operands.split_last() else { return Vec::new() };
            if !sources.iter().any(|arg| reads(arg)) {
                return Vec::new();
            }
            let Some(path) = item.path(step, dest) else { return Vec::new() };
            let is_dir = dest.text.ends_with('/') || dest.text == ".";
            vec![(if is_dir { kit::absolute_path(&path, base_name(secret)) } else { path }, dest.word)]
        }
        "cat" | "echo" | "printf" | "base64" | "tr" | "sed" => {
            let mentions = |arg: &Arg<'_>| reads(arg) || arg.expands && arg.text.contains(secret);
            let redirects = || command.command().redirects();
            let target = |word: Word<'a>| Arg::new(word);
            let input = redirects()
                .filter(|redirect| redirect.operator() == "<")
                .any(|redirect| redirect.target().is_some_and(|word| reads(&target(word))));
            if !command.args().iter().any(mentions) && !input {
                return Vec::new();
            }
            let written = redirects().filter(|redirect| redirect.writes()).filter_map(Redirect::target);
            written.filter_map(|word| Some((item.path(step, &target(word))?, word))).collect()
        }
        _ => Vec::new(),
    }
}

fn report(
    context: &Context<'_>,
    step: &Step<'_>,
    run: &RunStep<'_>,
    (path, word): (&str, Word<'_>),
    (secret, mount): (&str, TextRange),
    sink: &mut Sink<'_>,
) {
    let deleted = run.removes(step).any(|(gone, _)| is_within(path, &gone));
    if deleted || run.is_mounted(path) || path.starts_with("/dev/") || path.starts_with("/proc/") {
        return;
    }
    let way = context.way_into_image(step, path);
    let (severity, place) = match way {
        Some(_) => (Severity::Error, "the image"),
        None => (Severity::Info, "the build cache"),
    };
    let message = format!("the secret `{secret}` is written to `{path}` and so gets into {place}");
    let mut draft = sink
        .report(run.place(word.node()), message)
        .severity(severity)
        .related(mount, "the mount")
        .help("read it from the mount where it is needed, or delete the copy in the same RUN");
    for copy in way.into_iter().flatten() {
        draft = draft.related(copy, "carried on by this copy");
    }
}
