//! # relative-workdir
//!
//! ## What it does
//! Finds a relative `WORKDIR` with no other one before it.
//!
//! ## Why
//! It lies below the working directory of the base image, which can change with each of its versions.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! WORKDIR app
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! WORKDIR /app
//! USER 1000
//! ```

use facts::Severity;
use syntax::Statement;

use super::undefined_variable::is_undefined;
use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use crate::workdirs::{Before, relative_workdir, workdir_before};

pub(crate) static RULE: Rule = Rule {
    code: "CO805",
    name: "relative-workdir",
    aliases: &[
        "WorkdirRelativePath",
        "DL3000",
        "DS-0009",
        "CKV_DOCKER_10",
        "S7021",
        "use-absolute-workdir",
        "workdir_path_not_absolute",
        "AC_DOCKER_0013",
        "ABSOLUTE_WORKDIR",
    ],
    severity: Severity::Warning,
    summary: "the first WORKDIR of a stage is relative",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("relative_workdir.rs"),
};

/// A path with a drive, which only `BuildKit`'s own check takes for relative, as it is where Linux is built for.
fn drive(context: &Context<'_>, step: &Step<'_>) -> Option<String> {
    let Some(Statement::Workdir(word)) = step.statement.filter(|_| context.options.complete) else {
        return None;
    };
    let path = step.expand(&word.value)?;
    let is_drive = path.as_bytes().get(1) == Some(&b':') && context.options.platform().os != "windows";
    is_drive.then_some(path)
}

/// A variable that is not there leaves nothing.
fn nothing(context: &Context<'_>, step: &Step<'_>) -> Option<String> {
    let Some(Statement::Workdir(word)) = step.statement else { return None };
    is_undefined(context, step, &word.value).then(String::new)
}

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let path = relative_workdir(step).or_else(|| drive(context, step)).or_else(|| nothing(context, step));
    let Some(path) = path else { return };
    let Some(Statement::Workdir(word)) = step.statement else { return };
    if workdir_before(context, step) == Before::Base {
        let message = if path.is_empty() {
            format!("`{}` is empty, which leaves the working directory of the base image", word.value)
        } else {
            format!("the working directory `{path}` is relative to that of the base image")
        };
        // Of variables hadolint and Checkov say nothing.
        let known_to = |alias: &&str| !path.is_empty() || !matches!(*alias, "DL3000" | "CKV_DOCKER_10");
        sink.report(word.range, message)
            .aliases(RULE.aliases.iter().copied().filter(known_to))
            .buildkit(
                context.parse,
                step.instruction,
                format!("Relative workdir {path:?} can have unexpected results if the base image changes"),
            )
            .help("write an absolute path");
    }
}
