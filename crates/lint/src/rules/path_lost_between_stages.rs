//! # path-lost-between-stages
//!
//! ## What it does
//! Finds CMD and ENTRYPOINT with a program that lies in a directory copied from a stage whose `ENV PATH` names it,
//! where the image's own `PATH` does not.
//!
//! ## Why
//! ENV ends with its stage. The program is in the image, and is not found.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM python:3.12-slim AS build
//! ENV PATH="/opt/venv/bin:$PATH"
//! RUN python -m venv /opt/venv && pip install --no-cache-dir uvicorn==0.32.0
//! FROM python:3.12-slim
//! COPY --from=build /opt/venv /opt/venv
//! USER 1000
//! CMD ["uvicorn", "app:app"]
//! ```
//! ```dockerfile,good
//! FROM python:3.12-slim AS build
//! ENV PATH="/opt/venv/bin:$PATH"
//! RUN python -m venv /opt/venv && pip install --no-cache-dir uvicorn==0.32.0
//! FROM python:3.12-slim
//! COPY --from=build /opt/venv /opt/venv
//! ENV PATH="/opt/venv/bin:$PATH"
//! USER 1000
//! CMD ["uvicorn", "app:app"]
//! ```

use facts::Severity;
use kit::TextRange;
use syntax::{Form, Statement};

use crate::context::Context;
use crate::flow::image_steps;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO234",
    name: "path-lost-between-stages",
    aliases: &[],
    severity: Severity::Warning,
    summary: "a program is found by a PATH that only another stage has",
    enabled: true,
    check: Check::File(check),
    source: include_str!("path_lost_between_stages.rs"),
};

/// Programs that most images have, or that are found by other means.
const COMMON: &[&str] = &[
    "bash",
    "dotnet",
    "env",
    "java",
    "nginx",
    "node",
    "npm",
    "php",
    "python",
    "python3",
    "ruby",
    "sh",
    "tini",
    "dumb-init",
    "go",
    "yarn",
];

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let Some(target) = context.target() else { return };
    let own_path = target.stage.scope.env().contains_key("PATH");
    let Some((program, place)) = started(context).filter(|(program, _)| {
        !own_path && !program.contains(['/', '$']) && !COMMON.contains(&program.as_str())
    }) else {
        return;
    };
    let mentioned = image_steps(context)
        .filter(|step| step.run().is_some())
        .any(|step| step.instruction.range.slice(context.text()).contains(program.as_str()));
    if mentioned {
        return;
    }
    for copy in image_steps(context).filter_map(|step| step.copy()) {
        let Some(from) = copy.from else { continue };
        for source in copy.sources.iter().filter(|source| source.path.is_some() && source.path == copy.dest) {
            let Some(dir) = source.path.as_deref() else { continue };
            let Some(set) = path_with(context, from, dir) else { continue };
            sink.report(place, format!("`{program}` is not found: `{dir}` is not in the PATH of the image"))
                .related(set, "this PATH ends with its stage")
                .help(format!("add `ENV PATH=\"{}:$PATH\"`", kit::absolute_path(dir, "bin")));
            return;
        }
    }
}

/// The ENV of a stage that puts the programs of `dir` into PATH.
fn path_with(context: &Context<'_>, stage: usize, dir: &str) -> Option<TextRange> {
    let bin = kit::absolute_path(dir, "bin");
    let steps = context.chain(stage).into_iter().flat_map(|stage| &context.stages[stage].steps);
    steps.into_iter().find_map(|step| {
        let Some(Statement::Env(pairs)) = step.statement else { return None };
        let (key, value) = pairs.pairs.iter().find(|(key, _)| key.value == "PATH")?;
        let first = value.value.trim_matches('"').split(':').next()?.to_owned();
        let expanded = step.expand(&first)?;
        (expanded == bin).then(|| key.range.cover(value.range))
    })
}

/// The program that the container starts, when it is given as a list.
fn started(context: &Context<'_>) -> Option<(String, TextRange)> {
    let mut found = None;
    for step in image_steps(context) {
        let form = match step.statement {
            Some(Statement::Entrypoint(exec)) => (true, &exec.form),
            Some(Statement::Cmd(exec)) if !matches!(found, Some((true, _))) => (false, &exec.form),
            _ => continue,
        };
        found = Some(form);
    }
    match found?.1 {
        Form::Json(words) => words.first().map(|word| (word.value.clone(), word.range)),
        Form::Shell(_) => None,
    }
}
