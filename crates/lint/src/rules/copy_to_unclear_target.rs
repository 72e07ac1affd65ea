//! # copy-to-unclear-target
//!
//! ## What it does
//! Finds `COPY` of several sources to `.` or to a variable without a slash behind it.
//!
//! ## Why
//! A slash at its end says that the target is a directory. It works without one, too, as long as there are several sources.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! WORKDIR /data
//! COPY a.txt b.txt .
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12
//! WORKDIR /data
//! COPY a.txt b.txt ./
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! WORKDIR /data
//! COPY a.txt b.txt ./
//! USER 1000
//! ```

use facts::{Safety, Severity};
use kit::{Edit, TextRange};
use syntax::Statement;

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO706",
    name: "copy-to-unclear-target",
    aliases: &["DL3021", "DS-0011", "copy_with_more_than_two_arguments_not_ending_with_slash"],
    severity: Severity::Style,
    summary: "several files are copied to a target that does not say that it is a directory",
    enabled: true,
    check: Check::StepOrTrigger(check),
    source: include_str!("copy_to_unclear_target.rs"),
};

fn check(_context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(Statement::Copy(copy)) = step.statement else { return };
    let dest = &copy.dest;
    let unclear = matches!(dest.value.as_str(), "." | "..")
        || dest.value.contains('$') && !dest.value.contains(['"', '\'']);
    if copy.sources.len() + copy.heredocs.len() > 1 && unclear && !dest.value.ends_with('/') {
        let end = TextRange::new(dest.range.end, dest.range.end);
        let draft = sink.report(dest.range, format!("the target `{}` has no slash at its end", dest.value));
        if dest.value.starts_with('.') && !copy.json {
            draft.fix("add the slash", Safety::Safe, vec![Edit { range: end, replacement: "/".to_owned() }]);
        }
    }
}
