//! # relative-copy-target
//!
//! ## What it does
//! Finds `COPY` to a relative target in a stage without `WORKDIR`.
//!
//! ## Why
//! It lies below the working directory of the base image, which can change with each of its versions.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! COPY app bin/app
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! WORKDIR /opt
//! COPY app bin/app
//! USER 1000
//! ```

use facts::Severity;
use syntax::Statement;

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use crate::workdirs::{Before, workdir_before};

pub(crate) static RULE: Rule = Rule {
    code: "CO703",
    name: "relative-copy-target",
    aliases: &["DL3045"],
    severity: Severity::Warning,
    summary: "COPY to a relative target without WORKDIR",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("relative_copy_target.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(Statement::Copy(copy)) = step.statement else { return };
    let dest = step.expand(&copy.dest.value).unwrap_or_else(|| copy.dest.value.clone());
    let bare = dest.trim_matches(['"', '\'']);
    let absolute = bare.starts_with(['/', '\\', '$']) || bare.as_bytes().get(1) == Some(&b':');
    if bare.is_empty() || absolute || workdir_before(context, step) != Before::Base {
        return;
    }
    sink.report(
        copy.dest.range,
        format!("the target `{bare}` is relative to the working directory of the base image"),
    )
    .help("set `WORKDIR` before it, or write an absolute path")
    .unlike_hadolint(copy.dest.value.starts_with('$'));
}
