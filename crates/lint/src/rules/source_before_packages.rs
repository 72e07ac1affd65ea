//! # source-before-packages
//!
//! ## What it does
//! Finds `COPY . .` before the command that installs the packages of a project, where the list of packages was not
//! copied and installed before. The finding says how much is repeated.
//!
//! ## Why
//! A step is taken from the cache only while everything above it is the same. With the list of packages copied
//! first, they are installed when the list changes, and not with each change of the source.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM node:22-slim AS build
//! WORKDIR /app
//! COPY . .
//! RUN npm ci
//! RUN npm run build
//! FROM nginx:1.27-alpine
//! COPY --from=build /app/dist /usr/share/nginx/html
//! ```
//! ```dockerfile,good
//! FROM node:22-slim AS build
//! WORKDIR /app
//! COPY package.json package-lock.json ./
//! RUN npm ci
//! COPY . .
//! RUN npm run build
//! FROM nginx:1.27-alpine
//! COPY --from=build /app/dist /usr/share/nginx/html
//! ```

use facts::Severity;
use kit::TextRange;

use crate::context::Context;
use crate::model::{CopyStep, RunStep, StageModel};
use crate::packages::Verb;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO750",
    name: "source-before-packages",
    aliases: &[],
    severity: Severity::Info,
    summary: "every change of a source file installs the packages anew",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("source_before_packages.rs"),
};

/// Package managers of projects, with the files that list packages.
const MANAGERS: &[(&str, &[&str])] = &[
    ("npm", &["package.json", "package-lock.json"]),
    ("yarn", &["package.json", "yarn.lock"]),
    ("pnpm", &["package.json", "pnpm-lock.yaml"]),
    ("bun", &["package.json", "bun.lock"]),
    ("bundler", &["Gemfile", "Gemfile.lock"]),
    ("composer", &["composer.json", "composer.lock"]),
    ("pip", &["requirements.txt"]),
    ("poetry", &["pyproject.toml", "poetry.lock"]),
    ("pipenv", &["Pipfile", "Pipfile.lock"]),
    ("go", &["go.mod", "go.sum"]),
];

fn check(_context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    let mut all: Option<TextRange> = None;
    for (at, step) in stage.steps.iter().enumerate() {
        match (step.copy(), step.run()) {
            (Some(copy), _) if is_whole_context(copy) => all = all.or(Some(step.instruction.range)),
            // What a step before installs or copies by itself shows that someone has thought of it.
            (None, Some(run)) => {
                let Some((range, name, files)) = installs(run) else { continue };
                let Some(copied) = all else { return };
                let behind = stage.steps[at + 1..].iter().filter(|step| step.run().is_some()).count();
                let rest = match behind {
                    0 => String::new(),
                    1 => " and the RUN behind it".to_owned(),
                    count => format!(" and the {count} RUN behind it"),
                };
                sink.report(range, format!("every change of a file of the context repeats `{name}`{rest}"))
                    .related(copied, "the whole context is copied here")
                    .help(format!("copy {} first, install, then copy the rest", list(files)));
                return;
            }
            _ => {}
        }
    }
}

fn is_whole_context(copy: &CopyStep) -> bool {
    copy.is_context
        && copy.sources.iter().any(|source| matches!(source.path.as_deref(), Some("." | "./" | "/")))
}

/// The command of a step that installs the packages of a project, and nothing else is built in it.
fn installs(run: &RunStep<'_>) -> Option<(TextRange, String, &'static [&'static str])> {
    run.calls().find_map(|call| {
        let (_, files) = MANAGERS.iter().find(|(name, _)| *name == call.manager().name)?;
        let verb = matches!(call.verb(), Verb::Install | Verb::Restore);
        let project = match call.manager().name {
            "pip" => call.has_file() && !call.has(&["-e", "--editable"]),
            "go" => call.says("mod download"),
            _ => call.operands().next().is_none() && !call.has(&["-g", "--global"]),
        };
        let words = call.verb_word().map_or("", |word| word.text.as_ref());
        let name =
            if words == call.program() { words.to_owned() } else { format!("{} {words}", call.program()) };
        (verb && project).then(|| (call.place(), name, *files))
    })
}

fn list(files: &[&str]) -> String {
    files.iter().map(|file| format!("`{file}`")).collect::<Vec<_>>().join(" and ")
}
