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
        let relative = path.trim_start_matches(['.', '/']);
        if relative.is_empty() || !ignore.matches(relative) {
            continue;
        }
        let line = ignore.matching_line(relative).map(|line| format!(", line {line}")).unwrap_or_default();
        let verb = if copy.is_add { "add" } else { "copy" };
        let theirs = if copy.is_add { "Add" } else { "Copy" };
        let detail = format!("Attempting to {theirs} file \"{path}\" that is excluded by .dockerignore");
        sink.report(source.range, format!("an attempt to {verb} `{path}`, which `{name}` excludes{line}"))
            .buildkit(context.parse, step.instruction, detail)
            .help("add an exception (`!path`) to the ignore file, or copy something else");
    }
}
