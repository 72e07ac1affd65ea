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
//! ```json,file:package.json
//! {"name": "app"}
//! ```
//! ```dockerfile,bad
//! FROM node:22-slim AS build
//! WORKDIR /app
//! COPY . .
//! RUN npm ci
//! RUN npm run build
//! FROM nginx:1.27-alpine
//! COPY --from=build /app/dist /usr/share/nginx/html
//! ```
//! ```dockerfile,fixed
//! FROM node:22-slim AS build
//! WORKDIR /app
//! COPY package*.json ./
//! RUN npm ci
//! COPY . .
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

use facts::{Safety, Severity};
use kit::{Edit, TextRange};
use syntax::Statement;

use crate::context::Context;
use crate::lines;
use crate::model::{CopyStep, RunStep, StageModel, Step};
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

/// A package manager of projects.
struct Manager {
    name: &'static str,
    /// The files that list packages.
    files: &'static [&'static str],
    /// These for a COPY, which takes a pattern that nothing fits beside others; empty where more than these files is needed.
    patterns: &'static str,
}

const MANAGERS: &[Manager] = &[
    Manager { name: "npm", files: &["package.json", "package-lock.json"], patterns: "package*.json" },
    Manager { name: "yarn", files: &["package.json", "yarn.lock"], patterns: "package.json yarn.lock*" },
    Manager {
        name: "pnpm",
        files: &["package.json", "pnpm-lock.yaml"],
        patterns: "package.json pnpm-lock.yaml*",
    },
    Manager { name: "bun", files: &["package.json", "bun.lock"], patterns: "package.json bun.lock*" },
    Manager { name: "bundler", files: &["Gemfile", "Gemfile.lock"], patterns: "Gemfile Gemfile.lock*" },
    Manager { name: "composer", files: &["composer.json", "composer.lock"], patterns: "" },
    Manager { name: "pip", files: &["requirements.txt"], patterns: "requirements.txt" },
    Manager { name: "poetry", files: &["pyproject.toml", "poetry.lock"], patterns: "" },
    Manager { name: "pipenv", files: &["Pipfile", "Pipfile.lock"], patterns: "Pipfile Pipfile.lock*" },
    Manager { name: "go", files: &["go.mod", "go.sum"], patterns: "go.mod go.sum*" },
];

/// A command that installs the packages of a project.
struct Install {
    range: TextRange,
    name: String,
    manager: &'static Manager,
}

fn check(context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    let mut all: Option<usize> = None;
    for (at, step) in stage.steps.iter().enumerate() {
        match (step.copy(), step.run()) {
            (Some(copy), _) if is_whole_context(copy) => all = all.or(Some(at)),
            // What a step before installs or copies by itself shows that someone has thought of it.
            (None, Some(run)) => {
                let Some(install) = installs(run) else { continue };
                let Some(copied) = all else { return };
                let behind = stage.steps[at + 1..].iter().filter(|step| step.run().is_some()).count();
                report(context, [&stage.steps[copied], step], &install, behind, sink);
                return;
            }
            _ => {}
        }
    }
}

fn report(
    context: &Context<'_>,
    [copied, step]: [&Step<'_>; 2],
    install: &Install,
    behind: usize,
    sink: &mut Sink<'_>,
) {
    let rest = match behind {
        0 => String::new(),
        1 => " and the RUN behind it".to_owned(),
        count => format!(" and the {count} RUN behind it"),
    };
    let name = &install.name;
    let draft = sink
        .report(install.range, format!("every change of a file of the context repeats `{name}`{rest}"))
        .related(copied.instruction.range, "the whole context is copied here")
        .help(format!("copy {} first, install, then copy the rest", list(install.manager.files)));
    if let Some(edits) = install_first(context, copied, step, install.manager) {
        draft.fix("install before the rest is copied", Safety::Unsafe, edits);
    }
}

/// Moves a RUN that does nothing else above the COPY right before it, with a COPY of what it reads.
fn install_first(
    context: &Context<'_>,
    copied: &Step<'_>,
    step: &Step<'_>,
    manager: &Manager,
) -> Option<Vec<Edit>> {
    let (Some(Statement::Copy(copy)), Some(Statement::Run(run))) = (copied.statement, step.statement) else {
        return None;
    };
    let here = copy.sources.len() == 1 && matches!(copy.dest.value.as_str(), "." | "./");
    let alone = step.run().is_some_and(|run| run.commands.len() == 1) && run.heredocs.is_empty();
    let next = step.index == copied.index + 1;
    let there = |file: &&str| context.project().and_then(|project| project.has(file)) != Some(false);
    if !here || !alone || !next || manager.patterns.is_empty() || !manager.files.first().is_some_and(there) {
        return None;
    }
    let text = context.text();
    let range = copied.instruction.range;
    let head = TextRange::new(range.start, copy.sources[0].range.start).slice(text);
    let install = step.instruction.range.slice(text).trim_end();
    // pip is told the names of its lists, and other lists than the usual one may be anywhere.
    let lists = install.split_whitespace().filter(|word| word.contains(".txt"));
    if manager.name == "pip" && !lists.eq(["requirements.txt"]) {
        return None;
    }
    let lines = format!("{head}{} ./\n{install}", manager.patterns);
    Some(vec![lines::add_above(range, &lines), lines::remove(step.instruction.range)])
}

fn is_whole_context(copy: &CopyStep) -> bool {
    copy.is_context
        && copy.sources.iter().any(|source| matches!(source.path.as_deref(), Some("." | "./" | "/")))
}

/// The command of a step that installs the packages of a project, and nothing else is built in it.
fn installs(run: &RunStep<'_>) -> Option<Install> {
    run.calls().find_map(|call| {
        let manager = MANAGERS.iter().find(|manager| manager.name == call.manager().name)?;
        let verb = matches!(call.verb(), Verb::Install | Verb::Restore);
        let project = match manager.name {
            "pip" => call.has_file() && !call.has(&["-e", "--editable"]),
            "go" => call.says("mod download"),
            _ => call.operands().next().is_none() && !call.has(&["-g", "--global"]),
        };
        let words = call.verb_word().map_or("", |word| word.text.as_ref());
        let name =
            if words == call.program() { words.to_owned() } else { format!("{} {words}", call.program()) };
        (verb && project).then(|| Install { range: call.place(), name, manager })
    })
}

fn list(files: &[&str]) -> String {
    files.iter().map(|file| format!("`{file}`")).collect::<Vec<_>>().join(" and ")
}
