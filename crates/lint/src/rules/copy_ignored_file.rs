//! # copy-ignored-file
//!
//! ## What it does
//! Finds sources of `COPY` and `ADD` that the ignore file of the build context excludes.
//!
//! ## Why
//! The file is not part of the context, so the build fails, or copies less than it seems.
//!
//! ## Example
//! With a `.dockerignore` that holds `*.log`:
//! ```dockerfile,bad
//! FROM debian:12
//! COPY app.log /srv/
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! COPY app.conf /srv/
//! USER 1000
//! ```

use facts::Severity;
use syntax::Ignore;

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO701",
    name: "copy-ignored-file",
    aliases: &["CopyIgnoredFile"],
    severity: Severity::Warning,
    summary: "the ignore file excludes what is copied",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("copy_ignored_file.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some((name, ignore)) = context.project().and_then(|project| project.ignore()) else { return };
    let Some(copy) = step.copy().filter(|copy| copy.is_context) else { return };
    for source in &copy.sources {
        let Some(path) = source.path.as_deref().filter(|path| !path.contains("://")) else { continue };
        let cleaned = kit::clean_path(path);
        let relative = cleaned.trim_start_matches(['.', '/']);
        if !is_ignored(ignore, relative) {
            continue;
        }
        let line = ignore.matching_line(relative).map(|line| format!(", line {line}")).unwrap_or_default();
        let verb = if copy.is_add { "add" } else { "copy" };
        let draft = sink
            .report(source.range, format!("an attempt to {verb} `{path}`, which `{name}` excludes{line}"))
            .help("add an exception (`!path`) to the ignore file, or copy something else");
        // `BuildKit` says nothing where there are exceptions, and takes `/path` for something else than `path`.
        if path.starts_with('/') || ignore.patterns().iter().any(|pattern| pattern.negated) {
            draft.aliases([]);
            continue;
        }
        let theirs = if copy.is_add { "Add" } else { "Copy" };
        let shown = if relative.is_empty() { "." } else { relative };
        let detail = format!("Attempting to {theirs} file {shown:?} that is excluded by .dockerignore");
        draft.buildkit(context.parse, step.instruction, detail);
    }
}

/// Whether a source is ignored; the whole context is where no file of it is left.
fn is_ignored(ignore: &Ignore, path: &str) -> bool {
    let is_all = |text: &str| matches!(text, "*" | "**" | "**/*");
    if path.is_empty() {
        return ignore.patterns().iter().all(|pattern| !pattern.negated)
            && ignore.patterns().iter().any(|pattern| is_all(&pattern.text));
    }
    ignore.matches(path)
}
