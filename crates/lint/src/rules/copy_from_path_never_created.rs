//! # copy-from-path-never-created
//!
//! ## What it does
//! Finds `COPY --from` of a path that the stage does not have, in the cases where a Dockerfile tells for sure or
//! nearly so:
//! - the stage begins `FROM scratch`, runs nothing, and copies nothing to that path;
//! - a compiler writes a file of that name relative to the working directory, and nothing puts it where it is
//!   copied from;
//! - a build is told to write to one directory, and another one beside it is copied.
//!
//! ## Why
//! The build fails at the copy, after all the work of the stage.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM golang:1.24 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o server .
//! FROM scratch
//! COPY --from=build /server /server
//! USER 65532
//! ```
//! ```dockerfile,bad
//! FROM node:22-alpine AS web
//! WORKDIR /app
//! COPY . .
//! RUN npm run build -- --outDir build
//! FROM nginx:1.27-alpine
//! COPY --from=web /app/dist /usr/share/nginx/html
//! ```
//! ```dockerfile,good
//! FROM golang:1.24 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o server .
//! FROM scratch
//! COPY --from=build /src/server /server
//! USER 65532
//! ```

use facts::Severity;
use kit::TextRange;
use stage::Base;

use crate::context::Context;
use crate::model::{CopyStep, Step};
use crate::paths::{base_name, is_within, parent};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO205",
    name: "copy-from-path-never-created",
    aliases: &["copy-from-empty-scratch-stage"],
    severity: Severity::Warning,
    summary: "a copy of a path that the stage does not have",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("copy_from_path_never_created.rs"),
};

/// Names of directories that builds write to.
const OUTPUT_DIRS: &[&str] = &["_site", "build", "dist", "out", "output", "public"];
const DIR_OPTIONS: &[&str] =
    &["--outDir", "--outdir", "--out-dir", "--output-dir", "--output-path", "--dist-dir"];

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some((copy, from)) = step.copy().and_then(|copy| Some((copy, copy.from?))) else { return };
    for source in &copy.sources {
        let Some(path) =
            source.path.as_deref().filter(|path| *path != "/" && !path.contains(['*', '?', '[']))
        else {
            continue;
        };
        let stage = Source { context, from, path };
        if let Some((message, made)) = stage.empty().or_else(|| stage.elsewhere()).or_else(|| stage.beside())
        {
            let draft = sink.report(source.range, message);
            match made {
                Some((range, path)) => drop(draft.related(range, "made here").help(format!("copy `{path}`"))),
                None => drop(draft.help("add the file to the stage, or copy a path that it has")),
            }
        }
    }
}

/// A path that is copied from a stage.
struct Source<'a> {
    context: &'a Context<'a>,
    from: usize,
    path: &'a str,
}

/// What is wrong, and where the file is made instead.
type Answer = Option<(String, Option<(TextRange, String)>)>;

impl Source<'_> {
    fn steps(&self) -> impl Iterator<Item = &Step<'_>> {
        let chain = self.context.chain(self.from);
        chain.into_iter().flat_map(|stage| &self.context.stages[stage].steps)
    }

    /// The stage holds nothing but copies, and none goes there.
    fn empty(&self) -> Answer {
        let scratch = self.context.graph.root_base(self.from) == Some(&Base::Scratch);
        let makes = |step: &Step<'_>| match step.copy() {
            Some(copy) => copy.is_add || copy.may_create(self.path),
            // WORKDIR makes a directory, and ONBUILD anything.
            None => matches!(
                step.instruction.kind,
                syntax::Keyword::Run
                    | syntax::Keyword::Workdir
                    | syntax::Keyword::Onbuild
                    | syntax::Keyword::Unknown
            ),
        };
        if !scratch || self.steps().any(makes) {
            return None;
        }
        let stage = self.context.graph.stages[self.from].label();
        Some((format!("the stage `{stage}` has no `{}`", self.path), None))
    }

    /// A compiler writes a file of this name to another directory.
    fn elsewhere(&self) -> Answer {
        let name = base_name(self.path);
        if parent(self.path) != "/" || self.is_mentioned(self.path) || self.is_copied() {
            return None;
        }
        for step in self.steps() {
            for item in step.run().into_iter().flat_map(|run| &run.commands) {
                let compiler = matches!(
                    item.command.name(),
                    "go" | "gcc" | "g++" | "cc" | "clang" | "rustc" | "nim" | "crystal"
                );
                let Some((value, word)) = item.command.value(&["-o"]).filter(|_| compiler) else { continue };
                let relative = value.strip_prefix("./").unwrap_or(value);
                let Some(made) = item.path(step, word).filter(|made| relative == name && made != self.path)
                else {
                    continue;
                };
                let range = step.run()?.place_of_arg(word);
                return Some((
                    format!("`{}` is not created: the file is written to `{made}`", self.path),
                    Some((range, made)),
                ));
            }
        }
        None
    }

    /// A build is told to write to another directory beside this one.
    fn beside(&self) -> Answer {
        let name = base_name(self.path);
        if !OUTPUT_DIRS.contains(&name) || self.is_mentioned(name) {
            return None;
        }
        let mut answer = None;
        for step in self.steps() {
            if step.copy().is_some_and(|copy| copies_name(copy, name)) {
                return None;
            }
            for item in step.run().into_iter().flat_map(|run| &run.commands) {
                let Some((_, word)) = item.command.value(DIR_OPTIONS) else { continue };
                let Some(run) = step.run() else { continue };
                let value = word.text.split_once('=').map_or(word.text.as_ref(), |(_, value)| value);
                let made = item.path_of(step, value, word.expands)?;
                if parent(&made) == parent(self.path) && made != self.path {
                    let message = format!("`{}` is not created: the build writes to `{made}`", self.path);
                    answer = Some((message, Some((run.place_of_arg(word), made))));
                }
            }
        }
        answer
    }

    fn is_copied(&self) -> bool {
        self.steps().filter_map(Step::copy).any(|copy| match copy.dest.as_deref() {
            Some(dest) => is_within(self.path, dest) || is_within(dest, self.path),
            None => true,
        })
    }

    /// Whether a RUN of the stage has the text anywhere.
    fn is_mentioned(&self, text: &str) -> bool {
        self.steps().filter(|step| step.run().is_some()).any(|step| {
            let whole = step.instruction.range.slice(self.context.text());
            mentions(whole, text)
        })
    }
}

fn copies_name(copy: &CopyStep, name: &str) -> bool {
    let source = |path: &str| base_name(path) == name;
    copy.sources.iter().any(|item| item.path.as_deref().is_none_or(source))
        || copy.dest.as_deref().is_none_or(|dest| dest.split('/').any(|part| part == name))
}

/// Whether `text` stands in `whole` as a path or the begin of one, not within a longer word.
fn mentions(whole: &str, text: &str) -> bool {
    let word = |ch: char| ch.is_alphanumeric() || matches!(ch, '_' | '-' | '.' | '/');
    whole.match_indices(text).any(|(at, _)| {
        let before =
            whole[..at].chars().next_back().is_none_or(|ch| !word(ch) || ch == '/' && !text.starts_with('/'));
        let after = whole[at + text.len()..].chars().next().is_none_or(|ch| !word(ch) || ch == '/');
        before && after
    })
}
