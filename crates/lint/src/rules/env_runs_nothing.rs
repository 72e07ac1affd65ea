//! # env-runs-nothing
//!
//! ## What it does
//! Finds `$(…)` in `ENV`, `ARG` and `LABEL`.
//!
//! ## Why
//! These instructions run nothing: the text itself becomes the value.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! ENV BUILT=$(date)
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! ARG BUILT
//! ENV BUILT=$BUILT
//! USER 1000
//! ```

use facts::Severity;
use syntax::{Spanned, Statement};

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO842",
    name: "env-runs-nothing",
    aliases: &["env-command-substitution"],
    severity: Severity::Warning,
    summary: "ENV or ARG has a command that is never run",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("env_runs_nothing.rs"),
};

fn check(_context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let words: Vec<&Spanned<String>> = match step.statement {
        Some(Statement::Arg(args)) => args.iter().filter_map(|arg| arg.value.as_ref()).collect(),
        Some(Statement::Env(pairs) | Statement::Label(pairs)) => {
            pairs.pairs.iter().map(|(_, value)| value).collect()
        }
        _ => return,
    };
    for word in words.into_iter().filter(|word| is_command(&word.value)) {
        sink.report(word.range, format!("`{}` is not run: the text is the value", word.value)).help(
            "run it before the build and pass the result with `--build-arg`, or set the variable in a `RUN`",
        );
    }
}

/// Whether a value is a command for a shell and not a command line that is kept for one, as in `JAVA_OPTS`.
fn is_command(value: &str) -> bool {
    let bare = value.trim_matches('"');
    let whole = bare.strip_prefix("$(").is_some_and(|rest| rest.ends_with(')') && !rest.starts_with('('));
    whole && !value.starts_with('\'')
}
