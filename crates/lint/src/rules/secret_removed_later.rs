//! # secret-removed-later
//!
//! ## What it does
//! Finds files with a name of a secret that `COPY` or `ADD` brings into the image and a later `RUN` deletes.
//!
//! ## Why
//! Each instruction makes a layer of its own. The file is gone from the last one only; in the one below it is still
//! there, for everybody who can pull the image.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! COPY deploy_key /root/.ssh/id_ed25519
//! RUN git clone git@example.com:a/b.git /opt/b
//! RUN rm -f /root/.ssh/id_ed25519
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN --mount=type=ssh git clone git@example.com:a/b.git /opt/b
//! USER 1000
//! ```

use facts::Severity;
use kit::TextRange;

use crate::context::Context;
use crate::model::{CopyStep, StageModel, Step};
use crate::names::may_be_secret_file;
use crate::paths::{base_name, is_within};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO104",
    name: "secret-removed-later",
    aliases: &[],
    severity: Severity::Error,
    summary: "a secret file is deleted in a later layer than it was added in",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("secret_removed_later.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(copy) = step.copy().filter(|copy| copy.is_context && context.is_shipped(step.stage)) else {
        return;
    };
    for (path, range) in files(copy) {
        let Some(removed) = removal(context, step, &path) else { continue };
        sink.report(
            range,
            format!("`{path}` stays in the layer of this instruction though it is deleted later"),
        )
        .related(removed, "deleted here, in another layer")
        .help("mount it with `RUN --mount=type=secret`, or use it in a stage that is not shipped");
    }
}

/// Where secret files of a copy end up.
fn files(copy: &CopyStep) -> Vec<(String, TextRange)> {
    let Some(dest) = &copy.dest else { return Vec::new() };
    let target = |source: &str| {
        if copy.dest_is_dir { kit::absolute_path(dest, base_name(source)) } else { dest.clone() }
    };
    let sources = copy.sources.iter().filter_map(|source| Some((source.path.as_deref()?, source.range)));
    sources
        .map(|(source, range)| (source, target(source), range))
        .filter(|(source, path, _)| may_be_secret_file(source) || may_be_secret_file(path))
        .map(|(_, path, range)| (path, range))
        .collect()
}

/// The later step of the image that deletes `path`.
fn removal(context: &Context<'_>, step: &Step<'_>, path: &str) -> Option<TextRange> {
    let stages = context.image().iter().map(|stage| &context.stages[*stage]);
    let later = stages.flat_map(StageModel::runs).filter(|(other, _)| other.index > step.index);
    let mut removed = later.flat_map(|(other, run)| run.removes(other));
    removed.find(|(gone, _)| is_within(path, gone)).map(|(_, range)| range)
}
