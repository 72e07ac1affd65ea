//! # secret-arg-in-file
//!
//! ## What it does
//! Finds commands that write the value of a secret `ARG` or `ENV` to a file, with `echo` or with a here-document, and
//! follows the file through `COPY --from` and `FROM`: the finding says how it gets into the image.
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
//! ```dockerfile,bad
//! FROM python:3.13-slim
//! ARG INDEX_PASSWORD
//! RUN cat > /etc/pip.conf <<EOF
//! [global]
//! index-url = https://ci:$INDEX_PASSWORD@index.example.com/simple
//! EOF
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM node:22-slim AS deps
//! WORKDIR /app
//! COPY package.json package-lock.json ./
//! RUN --mount=type=secret,id=npm_token,env=NPM_TOKEN \
//!     echo "//registry.example.com/:_authToken=$NPM_TOKEN" > .npmrc && npm ci --omit=dev && rm .npmrc
//!
//! FROM node:22-slim
//! WORKDIR /app
//! COPY --from=deps /app/node_modules ./node_modules
//! USER node
//! ```

use facts::Severity;
use shell::{Arg, Command, Heredoc, Invocation, Node, Redirect};

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
    for item in &run.commands {
        let Some(secret) = secret_of(step, item) else { continue };
        // `echo $TOKEN | tee file` writes what the command before says.
        let writer = item.command.command().output().and_then(Command::cast).map(Invocation::new);
        let writer = writer.filter(|writer| writer.name() == "tee");
        report(context, step, run, (item, writer.as_ref()), &secret, sink);
    }
}

/// The secret variable that a command prints: an argument of `echo`, or in a here-document that `cat` copies.
fn secret_of(step: &Step<'_>, item: &RunCommand<'_>) -> Option<String> {
    let command = &item.command;
    let printed: Vec<Node<'_>> = match command.name() {
        "echo" | "printf" => command.args().iter().map(|arg| arg.word.node()).collect(),
        "cat" | "tee" => {
            let heredocs = command.command().redirects().filter_map(Redirect::heredoc);
            heredocs.map(Heredoc::body).collect()
        }
        _ => return None,
    };
    let set = |name: &str| step.scope.args().contains_key(name) || step.scope.env().contains_key(name);
    let used = printed.into_iter().flat_map(Node::variables);
    used.map(|found| found.name).find(|name| is_secret_name(name) && set(name)).map(str::to_owned)
}

fn report(
    context: &Context<'_>,
    step: &Step<'_>,
    run: &RunStep<'_>,
    (item, writer): (&RunCommand<'_>, Option<&Invocation<'_>>),
    secret: &str,
    sink: &mut Sink<'_>,
) {
    let written = item.command.command().redirects().filter(|redirect| redirect.writes());
    let redirected = written.filter_map(Redirect::target).map(Arg::new);
    let tee = writer.or(Some(&item.command).filter(|command| command.name() == "tee"));
    let teed = tee.into_iter().flat_map(|tee| tee.operands().cloned());
    for target in redirected.chain(teed) {
        let Some(path) = item.path(step, &target).filter(|path| !path.starts_with("/dev/")) else { continue };
        if run.is_mounted(&path) || run.removes(step).any(|(gone, _)| is_within(&path, &gone)) {
            continue;
        }
        let Some(way) = context.way_into_image(step, &path) else { continue };
        let message = format!("the secret `{secret}` is written to `{path}`, which gets into the image");
        let mut draft = sink.report(run.place_of_arg(&target), message).help(format!(
            "give it to this step alone with `--mount=type=secret,id={},env={secret}`, and delete the file in the same RUN",
            secret.to_ascii_lowercase()
        ));
        for copy in way {
            draft = draft.related(copy, "carried on by this copy");
        }
    }
}
