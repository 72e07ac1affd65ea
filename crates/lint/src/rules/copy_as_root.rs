//! # copy-as-root
//!
//! ## What it does
//! Finds `COPY` and `ADD` without `--chown` behind a `USER` that is not root.
//!
//! ## Why
//! `USER` says nothing of the owner of what is copied: the user can read it and not write it. Off by default, as that
//! is often what is wanted.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! USER 1000
//! COPY data /data
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! USER 1000
//! COPY --chown=1000:1000 data /data
//! ```

use facts::Severity;
use syntax::Statement;

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO518",
    name: "copy-as-root",
    aliases: &["copy-after-user-without-chown"],
    severity: Severity::Info,
    summary: "what is copied after USER belongs to root",
    enabled: false,
    check: Check::Step(check),
    source: include_str!("copy_as_root.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(copy) = step.copy_statement().filter(|copy| copy.chown.is_none()) else { return };
    let mut users = context.steps_before(step).filter_map(|other| match other.statement {
        Some(Statement::User(user)) => Some(other.expand(&user.value).unwrap_or_default()),
        _ => None,
    });
    let Some(user) = users.by_ref().last() else { return };
    let name = user.split(':').next().unwrap_or_default();
    if !matches!(name, "" | "root" | "0") {
        sink.report(
            step.instruction.keyword.cover(copy.dest.range),
            format!("what is copied belongs to root, not to `{name}`"),
        )
        .help(format!("add `--chown={user}` if it is to be written"));
    }
}
