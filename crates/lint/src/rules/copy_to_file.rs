//! # copy-to-file
//!
//! ## What it does
//! Finds `COPY` with several sources whose target does not end in `/`.
//!
//! ## Why
//! Several files can only be copied to a directory, and the slash says that it is one: the build fails.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! COPY a.txt b.txt /data
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12
//! COPY a.txt b.txt /data/
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! COPY a.txt b.txt /data/
//! USER 1000
//! ```

use std::borrow::Cow;

use facts::{Effect, Safety, Severity};
use kit::{Edit, TextRange};
use syntax::{Keyword, Statement};

use crate::context::Context;
use crate::model::Step;
use crate::paths::is_within;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO702",
    name: "copy-to-file",
    aliases: &[
        "DL3021",
        "DS-0011",
        "copy_with_more_than_two_arguments_not_ending_with_slash",
        "COPY_DEST_SLASH",
        "invalid_add_usage",
    ],
    severity: Severity::Error,
    summary: "several files are copied to what is no directory",
    enabled: true,
    check: Check::StepOrTrigger(check),
    source: include_str!("copy_to_file.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(Statement::Copy(copy)) = step.statement else { return };
    let bare = copy.dest.value.trim_matches(['"', '\'']);
    let is_dir = bare.ends_with(['/', '\\']) || matches!(bare, "." | "..") || bare.is_empty();
    if copy.sources.len() + copy.heredocs.len() < 2 || is_dir {
        return;
    }
    // The value of a variable may end in a slash.
    if bare.contains('$') && step.expand(&copy.dest.value).is_none_or(|path| path.ends_with('/')) {
        return;
    }
    let draft = sink.report(
        copy.dest.range,
        format!("several files are copied to `{bare}`, which has no slash at its end"),
    );
    let draft = draft.unlike_hadolint(step.instruction.kind == Keyword::Onbuild);
    if bare == copy.dest.value {
        let end = copy.dest.range.end;
        let edit = Edit { range: TextRange::new(end, end), replacement: "/".to_owned() };
        let known =
            step.copy().and_then(|copy| copy.dest.as_deref()).filter(|dest| is_made(context, step, dest));
        let safety = if known.is_some() { Safety::Safe } else { Safety::Unsafe };
        let draft = draft.fix("add the slash", safety, vec![edit]);
        if known.is_none() {
            draft.effects([Effect::Changes(Cow::Borrowed("/"))]);
        }
    }
}

/// Whether the directory is there for sure: WORKDIR has made it, or one below it.
fn is_made(context: &Context<'_>, step: &Step<'_>, dest: &str) -> bool {
    context.steps_before(step).any(|other| match other.statement {
        Some(Statement::Workdir(word)) => {
            other.expand(&word.value).is_some_and(|path| path.starts_with('/') && is_within(&path, dest))
        }
        _ => false,
    })
}
