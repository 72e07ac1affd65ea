//! # relative-workdir-below
//!
//! ## What it does
//! Finds a relative `WORKDIR` behind another one.
//!
//! ## Why
//! What it means depends on lines above, so that it changes when they do.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! WORKDIR /app
//! WORKDIR src
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12
//! WORKDIR /app
//! WORKDIR /app/src
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! WORKDIR /app/src
//! USER 1000
//! ```

use facts::{Safety, Severity};
use kit::Edit;
use syntax::Statement;

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use crate::workdirs::{Before, relative_workdir, workdir_before};

pub(crate) static RULE: Rule = Rule {
    code: "CO806",
    name: "relative-workdir-below",
    aliases: &[
        "DL3000",
        "DS-0009",
        "CKV_DOCKER_10",
        "S7021",
        "use-absolute-workdir",
        "workdir_path_not_absolute",
        "AC_DOCKER_0013",
        "ABSOLUTE_WORKDIR",
    ],
    severity: Severity::Info,
    summary: "WORKDIR is relative to an earlier one",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("relative_workdir_below.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(path) = relative_workdir(step) else { return };
    let Some(Statement::Workdir(word)) = step.statement else { return };
    let before = workdir_before(context, step);
    if before == Before::Base {
        return;
    }
    let draft = sink
        .report(word.range, format!("the working directory `{path}` is relative"))
        .help("write an absolute path");
    let plain = |path: &str| !path.contains([' ', '$', '"', '\'', '\\']);
    if let Before::Path(cwd) = before
        && path == word.value
        && plain(&path)
        && plain(&cwd)
    {
        let full = kit::absolute_path(&cwd, &path);
        let edit = Edit { range: word.range, replacement: full.clone() };
        draft.fix(format!("write `{full}`"), Safety::Safe, vec![edit]);
    }
}
