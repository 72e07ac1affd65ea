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
use syntax::MountKind;

use crate::context::Context;
use crate::model::{RunCommand, RunStep, Step};
use crate::paths::{base_name, is_within, join};
use crate::rule::{Check, Rule};
use crate::shell::Word;
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

/// The paths a command writes the secret to.
fn persisted<'a>(step: &Step<'_>, item: &'a RunCommand, secret: &str) -> Vec<(String, &'a Word)> {
    let command = &item.command;
    let reads = |word: &Word| item.path(step, word).is_some_and(|path| is_within(&path, secret));
    match command.name() {
        "cp" | "mv" | "install" => {
            let operands: Vec<&Word> = command.operands().collect();
            let Some((dest, sources)) = operands.split_last() else { return Vec::new() };
            if !sources.iter().any(|word| reads(word)) {
                return Vec::new();
            }
            let Some(path) = item.path(step, dest) else { return Vec::new() };
            let is_dir = dest.text.ends_with('/') || dest.text == ".";
            vec![(if is_dir { join(&path, base_name(secret)) } else { path }, *dest)]
        }
        "cat" | "echo" | "printf" | "base64" | "tr" | "sed" => {
            let mentions = |word: &&Word| reads(word) || word.expands && word.text.contains(secret);
            let input =
                command.redirects.iter().any(|redirect| redirect.operator == "<" && reads(&redirect.target));
            if !command.args().iter().any(|word| mentions(&word)) && !input {
                return Vec::new();
            }
            let written = command.redirects.iter().filter(|redirect| redirect.writes());
            written
                .filter_map(|redirect| Some((item.path(step, &redirect.target)?, &redirect.target)))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn report(
    context: &Context<'_>,
    step: &Step<'_>,
    run: &RunStep,
    (path, word): (&str, &Word),
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
        .report(run.locate(&word.range), message)
        .severity(severity)
        .related(mount, "the mount")
        .help("read it from the mount where it is needed, or delete the copy in the same RUN");
    for copy in way.into_iter().flatten() {
        draft = draft.related(copy, "carried on by this copy");
    }
}
