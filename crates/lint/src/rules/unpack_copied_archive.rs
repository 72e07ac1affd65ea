//! # unpack-copied-archive
//!
//! ## What it does
//! Finds a tar archive that COPY brings from the build context and a later RUN unpacks.
//!
//! ## Why
//! The archive stays in the layer of the COPY even when it is removed later. ADD unpacks it without leaving it in the
//! image.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! COPY app.tar.gz /tmp/
//! RUN tar -xzf /tmp/app.tar.gz -C /opt
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! ADD app.tar.gz /opt/
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::{RunStep, StageModel};
use crate::paths::base_name;
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::Severity;
use kit::TextRange;
use shell::Invocation;

pub(crate) static RULE: Rule = Rule {
    code: "CO721",
    name: "unpack-copied-archive",
    aliases: &["DL3010", "prefer-add-unpack"],
    severity: Severity::Info,
    summary: "an archive is copied and then unpacked",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("unpack_copied_archive.rs"),
};

fn check(_context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    for (step, copy) in stage.copies().filter(|(_, copy)| copy.is_context && !copy.is_add) {
        let sources = copy.sources.iter();
        for (source, path) in sources.filter_map(|source| Some((source, source.path.as_deref()?))) {
            let renamed = copy.dest.as_deref().filter(|dest| !copy.dest_is_dir && is_archive(dest));
            let name = base_name(renamed.unwrap_or(path));
            let later = stage.runs().filter(|(run, _)| run.index > step.index);
            let mut unpacked = later.filter_map(|(_, run)| unpacks(run, name, is_archive(path)));
            let Some((place, seen)) = unpacked.next().filter(|_| is_archive(path) || is_compressed(path))
            else {
                continue;
            };
            let help = if is_archive(path) {
                "use `ADD`, which unpacks it and leaves no copy of it in the image"
            } else {
                "mount it with `RUN --mount=type=bind`, which leaves no copy of it in the image"
            };
            sink.report(source.range, format!("the archive `{name}` is copied, then unpacked"))
                .related(place, "unpacked here")
                .help(help)
                .unlike_hadolint(!seen);
            break;
        }
    }
}

/// Whether ADD unpacks a file of this name.
fn is_archive(path: &str) -> bool {
    const ENDS: &[&str] = &[
        ".tar",
        ".tar.gz",
        ".tgz",
        ".tpz",
        ".tar.bz2",
        ".tbz",
        ".tbz2",
        ".tb2",
        ".tar.xz",
        ".txz",
        ".tar.lzma",
        ".tlz",
        ".tar.zst",
    ];
    ENDS.iter().any(|end| path.ends_with(end))
}

/// Whether a file of this name is one that ADD unpacks if it is an archive, which its name does not say.
fn is_compressed(path: &str) -> bool {
    [".gz", ".bz2", ".xz", ".lzma", ".Z", ".zst"].iter().any(|end| path.ends_with(end))
}

/// Where a file is unpacked, and whether hadolint sees that: one that `is_archive` by any program, another one by those
/// that unpack into a file.
fn unpacks(run: &RunStep<'_>, name: &str, is_archive: bool) -> Option<(TextRange, bool)> {
    let found = run.commands.iter().find(|item| {
        let command = &item.command;
        let extracts = match command.name() {
            "tar" | "bsdtar" | "gtar" => extracts(command),
            "gunzip" | "bunzip2" | "unxz" | "unlzma" | "uncompress" | "zcat" | "gzcat" | "zgz" | "bzcat"
            | "xzcat" => true,
            "gzip" | "bzip2" | "xz" => is_archive && command.option("-d").is_some(),
            _ => false,
        };
        extracts && command.args().iter().any(|arg| base_name(&arg.text) == name)
    })?;
    let first = found.command.args().first().map_or("", |arg| arg.text.as_ref());
    let seen = match found.command.name() {
        "tar" => {
            first.starts_with('-') && !found.command.args().iter().any(|arg| arg.text.starts_with("--file="))
        }
        program => !matches!(program, "bsdtar" | "gtar" | "gzip" | "bzip2" | "xz"),
    };
    Some((run.place_of_command(&found.command), seen && run.is_plain(found)))
}

/// Whether tar unpacks: `-x`, `--extract`, or letters without a dash in its first argument.
fn extracts(command: &Invocation<'_>) -> bool {
    let long = ["--extract", "--get"].iter().any(|option| command.option(option).is_some());
    let first = command.args().first().map_or("", |arg| arg.text.as_ref());
    let letters =
        first.len() < 8 && first.bytes().all(|byte| byte.is_ascii_alphabetic()) && first.contains('x');
    long || letters || command.option("-x").is_some()
}
