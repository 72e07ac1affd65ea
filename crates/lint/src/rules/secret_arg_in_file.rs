//! # secret-arg-in-file
//!
//! ## What it does
//! Finds commands that write the value of a secret `ARG` or `ENV` to a file, and follows the file through
//! `COPY --from` and `FROM`: the finding says how it gets into the image.
//!
//! ## Why
//! The secret is in a layer of the image, for everybody who can pull it. Deleting it in a later step does not help.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM node:22-slim AS deps
//! WORKDIR /app
//! ARG NPM_TOKEN
//! COPY package.json package-lock.json ./
//! RUN echo "//registry.example.com/:_authToken=$NPM_TOKEN" > .npmrc && npm ci --omit=dev
//!
//! FROM node:22-slim
//! WORKDIR /app
//! COPY --from=deps /app ./
//! USER node
//! ```
//! ```dockerfile,good
//! FROM node:22-slim AS deps
//! WORKDIR /app
//! ARG NPM_TOKEN
//! COPY package.json package-lock.json ./
//! RUN echo "//registry.example.com/:_authToken=$NPM_TOKEN" > .npmrc && npm ci --omit=dev && rm .npmrc
//!
//! FROM node:22-slim
//! WORKDIR /app
//! COPY --from=deps /app/node_modules ./node_modules
//! USER node
//! ```

use facts::Severity;
use syntax::variables;

use crate::context::Context;
use crate::model::{RunCommand, RunStep, Step};
use crate::names::is_secret_name;
use crate::paths::is_within;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO102",
    name: "secret-arg-in-file",
    aliases: &[],
    severity: Severity::Error,
    summary: "the value of a secret ARG is written to a file of the image",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("secret_arg_in_file.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(run) = step.run() else { return };
    for (at, item) in run.commands.iter().enumerate() {
        let Some(secret) = secret_of(context, step, item) else { continue };
        // `echo $TOKEN | tee file` writes what the command before says.
        let writer =
            run.commands.get(at + 1).filter(|next| next.command.piped && next.command.name() == "tee");
        report(context, step, run, (item, writer), &secret, sink);
    }
}

/// The secret variable that a command prints.
fn secret_of(context: &Context<'_>, step: &Step<'_>, item: &RunCommand) -> Option<String> {
    if !matches!(item.command.name(), "echo" | "printf") {
        return None;
    }
    let escape = context.parse.escape();
    let used =
        item.command.args().iter().filter(|word| word.expands).flat_map(|word| variables(&word.text, escape));
    let set = |name: &String| step.scope.args().contains_key(name) || step.scope.env().contains_key(name);
    used.map(|variable| variable.name).find(|name| is_secret_name(name) && set(name))
}

fn report(
    context: &Context<'_>,
    step: &Step<'_>,
    run: &RunStep,
    (item, writer): (&RunCommand, Option<&RunCommand>),
    secret: &str,
    sink: &mut Sink<'_>,
) {
    let redirected =
        item.command.redirects.iter().filter(|redirect| redirect.writes()).map(|redirect| &redirect.target);
    let teed = writer.into_iter().flat_map(|writer| writer.command.operands());
    for target in redirected.chain(teed) {
        let Some(path) = item.path(step, target).filter(|path| !path.starts_with("/dev/")) else { continue };
        if run.is_mounted(&path) || run.removes(step).any(|(gone, _)| is_within(&path, &gone)) {
            continue;
        }
        let Some(way) = context.way_into_image(step, &path) else { continue };
        let message = format!("the secret `{secret}` is written to `{path}`, which gets into the image");
        let mut draft = sink.report(run.locate(&target.range), message).help(format!(
            "give it to this step alone with `--mount=type=secret,id={},env={secret}`, and delete the file in the same RUN",
            secret.to_ascii_lowercase()
        ));
        for copy in way {
            draft = draft.related(copy, "carried on by this copy");
        }
    }
}
