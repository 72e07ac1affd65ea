//! # interpreter-version-skew
//!
//! ## What it does
//! Finds a virtual environment or `site-packages` of Python, or gems of Ruby, that are copied to an image with
//! another minor version.
//!
//! ## Why
//! The directory of packages has the version in its name, and what is compiled in them fits that version alone: the
//! image does not find them.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM python:3.13-slim AS build
//! RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir flask==3.1.0
//! FROM python:3.12-slim
//! COPY --from=build /venv /venv
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM python:3.13-slim AS build
//! RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir flask==3.1.0
//! FROM python:3.13-slim
//! COPY --from=build /venv /venv
//! USER 1000
//! ```

use facts::Severity;

use crate::context::Context;
use crate::model::Step;
use crate::paths::is_within;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO224",
    name: "interpreter-version-skew",
    aliases: &[],
    severity: Severity::Warning,
    summary: "packages are installed for another version of the interpreter than the image has",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("interpreter_version_skew.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some((copy, from)) = step.copy().and_then(|copy| Some((copy, copy.from?))) else { return };
    let (Some((built, old)), Some((image, new))) = (version(context, from), version(context, step.stage))
    else {
        return;
    };
    if built != image || old == new {
        return;
    }
    for source in &copy.sources {
        let Some(path) = source.path.as_deref() else { continue };
        let packages =
            path.contains("site-packages") || path.contains("/bundle") || is_environment(context, from, path);
        if packages {
            sink.report(source.range, format!("`{path}` is for {built} {old}, and the image has {new}"))
                .related(context.stages[from].stage.base_range, format!("{built} {old}"))
                .help("use the same version for both stages, by one ARG before the first FROM");
        }
    }
}

/// The interpreter of a stage with its version, as `3.12`.
fn version(context: &Context<'_>, stage: usize) -> Option<(String, String)> {
    let (image, tag) =
        context.root_image(stage).filter(|(image, _)| matches!(image.as_str(), "python" | "ruby"))?;
    let tag = tag?;
    let mut numbers = tag.split('-').next()?.split('.');
    let (major, minor) = (numbers.next()?, numbers.next()?);
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (number(major) && number(minor)).then(|| (image, format!("{major}.{minor}")))
}

/// Whether a command of the stage makes a virtual environment at `path`.
fn is_environment(context: &Context<'_>, stage: usize, path: &str) -> bool {
    context.chain(stage).iter().flat_map(|stage| context.stages[*stage].runs()).any(|(step, run)| {
        run.commands.iter().any(|item| {
            let makes = match item.command.name() {
                "virtualenv" => true,
                name if name.starts_with("python") => {
                    item.command.args().iter().any(|arg| arg.text == "venv")
                }
                _ => false,
            };
            makes
                && item
                    .command
                    .operands()
                    .any(|arg| item.path(step, arg).is_some_and(|made| is_within(path, &made) && made != "/"))
        })
    })
}
