//! # secret-in-arg-or-env
//!
//! ## What it does
//! Finds `ARG` and `ENV` whose name means a secret. `ENV` with an empty value, a switch or a path is fine, and so are
//! names like `TOKEN_FILE` that say where a secret is.
//!
//! ## Why
//! `ENV` is part of the image for everybody to read. The value of an `ARG` is in the history of the image and in
//! its provenance. A secret belongs into a mount, which is part of neither.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM node:22-slim
//! ARG NPM_TOKEN
//! RUN npm ci
//! USER node
//! ```
//! ```dockerfile,good
//! FROM node:22-slim
//! RUN --mount=type=secret,id=npm,env=NPM_TOKEN npm ci
//! ENV NPM_TOKEN_FILE=/run/secrets/npm
//! USER node
//! ```

use facts::Severity;
use syntax::{ArgDecl, Spanned, Statement};

use super::secret_like_name::is_secret_word;
use crate::context::Context;
use crate::model::Step;
use crate::names::{is_secret_name, may_be_secret};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO101",
    name: "secret-in-arg-or-env",
    aliases: &[
        "DL3064",
        "SecretsUsedInArgOrEnv",
        "secret-in-build-arg",
        "S6472",
        "secrets_stored_in_dockerfile",
        "CIS-DI-0010",
    ],
    severity: Severity::Warning,
    summary: "an ARG or ENV holds a secret",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("secret_in_arg_or_env.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    match step.statement {
        Some(Statement::Arg(args)) => {
            for arg in args.iter().filter(|arg| is_secret_arg(step, arg)) {
                report(context, step, &arg.key, "ARG", sink);
            }
        }
        Some(Statement::Env(pairs)) => {
            for (key, _) in pairs.pairs.iter().filter(|(key, value)| is_secret_env(step, key, value)) {
                report(context, step, key, "ENV", sink);
            }
        }
        _ => {}
    }
}

/// Whether an argument is a secret by its name and default.
pub(super) fn is_secret_arg(step: &Step<'_>, arg: &ArgDecl) -> bool {
    // An empty default asks for a value on the command line as none does.
    let open = arg.value.as_ref().is_none_or(|value| matches!(value.value.as_str(), "" | "\"\"" | "''"));
    let secret = open || arg.value.as_ref().is_some_and(|value| is_secret_value(step, value));
    secret && is_secret_name(&arg.key.value)
}

/// Whether a variable is a secret by its name and value.
pub(super) fn is_secret_env(step: &Step<'_>, key: &Spanned<String>, value: &Spanned<String>) -> bool {
    is_secret_name(&key.value) && is_secret_value(step, value)
}

fn is_secret_value(step: &Step<'_>, value: &Spanned<String>) -> bool {
    may_be_secret(&step.expand(&value.value).unwrap_or_else(|| value.value.clone()))
}

/// What `BuildKit` says of it.
pub(super) fn detail(kind: &str, name: &str) -> String {
    format!("Do not use ARG or ENV instructions for sensitive data ({kind} \"{name}\")")
}

fn report(context: &Context<'_>, step: &Step<'_>, key: &Spanned<String>, kind: &str, sink: &mut Sink<'_>) {
    let name = &key.value;
    let message = match (kind, context.is_shipped(step.stage)) {
        ("ENV", true) => format!("the secret `{name}` becomes part of the image"),
        (_, true) => format!("the secret `{name}` becomes part of the history of the image"),
        (_, false) => format!("the secret `{name}` becomes part of the build cache and the provenance"),
    };
    let id = name.to_ascii_lowercase();
    let draft = sink.report(key.range, message);
    let draft = if is_secret_word(name) {
        draft.buildkit(context.parse, step.instruction, detail(kind, name))
    } else {
        let others = RULE.aliases.iter().copied().filter(|alias| *alias != "SecretsUsedInArgOrEnv");
        draft.aliases(others)
    };
    draft.help(format!("mount it where it is needed: `RUN --mount=type=secret,id={id},env={name} …`"));
}
