//! # context-not-ignored
//!
//! ## What it does
//! Finds `COPY . .` where the directory of the context holds a repository, secrets, or what tools leave behind, and no
//! ignore file keeps them out.
//!
//! ## Why
//! They get into the image or the stage with all else. Each commit changes `.git`, so that every step below is done
//! again. The fix writes a `.dockerignore` with the names that are there; it does not touch one that exists.
//!
//! ## Example
//! With a directory `.git` and a `.dockerignore` that does not name it:
//! ```text,file:.dockerignore
//! *.log
//! ```
//! ```text,file:.git/HEAD
//! ref: refs/heads/main
//! ```
//! ```dockerfile,bad
//! FROM debian:12-slim
//! WORKDIR /app
//! COPY . .
//! USER 1000
//! ```
//! With one that does:
//! ```text,file:.dockerignore
//! .git
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! WORKDIR /app
//! COPY . .
//! USER 1000
//! ```

use std::borrow::Cow;

use facts::{Effect, Safety, Severity};

use crate::context::Context;
use crate::model::{RunStep, Step};
use crate::names::may_be_secret_file;
use crate::packages::{Verb, names};
use crate::rule::{Check, Rule};
use crate::settings::Project;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO709",
    name: "context-not-ignored",
    aliases: &[],
    severity: Severity::Info,
    summary: "no ignore file keeps back what no image needs",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("context_not_ignored.rs"),
};

/// What no step needs, by its path in the context.
const NEEDLESS: &[&str] = &[
    ".aws",
    ".docker",
    ".env",
    ".env.local",
    ".git",
    ".hg",
    ".idea",
    ".kube",
    ".mypy_cache",
    ".netrc",
    ".pytest_cache",
    ".ruff_cache",
    ".ssh",
    ".svn",
    ".terraform",
    ".tox",
    ".vscode",
    "id_ed25519",
    "id_rsa",
];
/// What a package manager writes, so that a step that runs it makes it anew.
const WRITTEN: &[(&str, &[&str])] = &[
    (".venv", &["pip", "poetry", "uv", "pipenv"]),
    ("node_modules", &["bun", "npm", "pnpm", "yarn"]),
    ("target", &["cargo"]),
    ("venv", &["pip", "uv"]),
];

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let (Some(copy), Some(project)) = (step.copy().filter(|copy| copy.is_context), context.project()) else {
        return;
    };
    let whole = |path: &str| matches!(path, "." | "./" | "/");
    let excludes = step.copy_statement().is_none_or(|copy| !copy.exclude.is_empty());
    let Some(source) = copy.sources.iter().find(|source| source.path.as_deref().is_some_and(whole)) else {
        return;
    };
    let found = if excludes { Vec::new() } else { needless(context, project) };
    if found.is_empty() {
        return;
    }
    let shipped = context.is_shipped(step.stage);
    let secret = shipped && found.iter().any(|path| path == ".git" || is_secret(path));
    let place = if shipped { "image" } else { "stage" };
    let verb = if found.len() == 1 { "gets" } else { "get" };
    let draft = sink
        .report(source.range, format!("{} {verb} into the {place}", names(&found)))
        .severity(if secret { Severity::Warning } else { Severity::Info });
    if let Some((name, _)) = project.ignore() {
        let _named = draft.help(format!("add it to `{name}`"));
        return;
    }
    let dest = copy.dest.as_deref().unwrap_or("/");
    let effects = found.iter().map(|path| Effect::Removes(Cow::Owned(kit::absolute_path(dest, path))));
    let text: String = found.iter().flat_map(|path| [path, "\n"]).collect();
    draft
        .help("list what the image does not need in a `.dockerignore`")
        .fix("write a `.dockerignore`", Safety::Unsafe, Vec::new())
        .creates(".dockerignore", text)
        .effects(effects);
}

/// What is there, is not ignored and is not needed.
fn needless(context: &Context<'_>, project: &dyn Project) -> Vec<String> {
    let there = |path: &str| {
        let ignored = project.ignore().is_some_and(|(_, ignore)| ignore.matches(path));
        !ignored && project.has(path) == Some(true)
    };
    let mut found: Vec<String> = NEEDLESS
        .iter()
        .filter(|path| !is_used(context, path) && there(path))
        .map(|path| (*path).to_owned())
        .collect();
    let made = WRITTEN.iter().filter(|(_, managers)| installs(context, managers));
    found.extend(made.filter(|(path, _)| there(path)).map(|(path, _)| (*path).to_owned()));
    found
}

/// Whether a step names it, or asks git for something.
fn is_used(context: &Context<'_>, path: &str) -> bool {
    let asks =
        |word: &str| matches!(word, "describe" | "rev-parse" | "log" | "submodule" | "status" | "rev-list");
    let git = |name: &str, verb: &str| {
        path == ".git" && (name == "git" && asks(verb) || matches!(name, "goreleaser" | "make"))
    };
    context.steps().filter_map(Step::run).flat_map(|run| &run.commands).any(|item| {
        let args = item.command.args();
        git(item.command.name(), args.first().map_or("", |arg| arg.text.as_ref()))
            || args.iter().any(|arg| arg.text.split('/').any(|part| part == path))
    })
}

/// Whether a step installs or builds with one of these package managers.
fn installs(context: &Context<'_>, managers: &[&str]) -> bool {
    let runs = context.steps().filter_map(Step::run);
    runs.flat_map(RunStep::calls).any(|call| {
        managers.contains(&call.manager().name)
            && matches!(call.verb(), Verb::Install | Verb::Restore | Verb::Build)
    })
}

fn is_secret(path: &str) -> bool {
    matches!(path, ".aws" | ".docker" | ".kube" | ".ssh") || may_be_secret_file(path)
}
