//! # undefined-arg-in-from
//!
//! ## What it does
//! Finds variables in `FROM` lines that no `ARG` before the first `FROM` declares.
//!
//! ## Why
//! Such a variable is empty, and cannot be given a value with `--build-arg`.
//!
//! ## Example
//! ```dockerfile,bad
//! ARG VERSION=12
//! FROM debian:12$VARIANT
//! USER 1000
//! ```
//! ```dockerfile,good
//! ARG VARIANT=-slim
//! FROM debian:12$VARIANT
//! USER 1000
//! ```

use facts::Severity;
use syntax::variables;

use crate::context::Context;
use crate::model::StageModel;
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use crate::variables::{AUTOMATIC, is_automatic, near_name, suggested};

pub(crate) static RULE: Rule = Rule {
    code: "CO306",
    name: "undefined-arg-in-from",
    aliases: &["UndefinedArgInFrom"],
    severity: Severity::Warning,
    summary: "FROM uses an ARG that is not declared",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("undefined_arg_in_from.rs"),
};

fn check(context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    let Some(from) = context.stage_from(stage) else { return };
    let Some(instruction) = context.line_of_from(stage) else { return };
    let mut seen: Vec<String> = Vec::new();
    for word in [Some(&from.image), from.platform.as_ref()].into_iter().flatten() {
        for variable in variables(&word.value, context.parse.escape()) {
            if is_declared(context, &variable.name) || seen.contains(&variable.name) {
                continue;
            }
            let declared = context.graph.global_args.iter().map(|arg| arg.name.value.as_str());
            let meant = near_name(&variable.name, declared.chain(AUTOMATIC.iter().copied()));
            let hint = meant.map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default();
            let declared = context.graph.global_args.iter().map(|arg| arg.name.value.as_str());
            let theirs = suggested(&variable.name, declared.chain(AUTOMATIC.iter().copied()));
            let theirs = theirs.map(|name| format!(" (did you mean {name}?)")).unwrap_or_default();
            let detail = format!("FROM argument '{}' is not declared{theirs}", variable.name);
            sink.report(
                word.range,
                format!("the argument `{}` of `FROM` is not declared{hint}", variable.name),
            )
            .buildkit(context.parse, instruction, detail)
            .help("declare it with `ARG` before the first `FROM`; an `ARG` within a stage does not count");
            seen.push(variable.name);
        }
    }
}

fn is_declared(context: &Context<'_>, name: &str) -> bool {
    is_automatic(name) || context.graph.global_args.iter().any(|arg| arg.name.value == name)
}
