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
//! The fix mounts an argument into each RUN that names it. Then it is given with `--secret`, not with `--build-arg`.
//! ```dockerfile,bad
//! FROM debian:12-slim
//! ARG API_TOKEN
//! RUN ./fetch --token "$API_TOKEN"
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! RUN --mount=type=secret,id=api_token,env=API_TOKEN ./fetch --token "$API_TOKEN"
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM node:22-slim
//! RUN --mount=type=secret,id=npm,env=NPM_TOKEN npm ci
//! ENV NPM_TOKEN_FILE=/run/secrets/npm
//! USER node
//! ```

use facts::{Safety, Severity};
use kit::Edit;
use syntax::{ArgDecl, Keyword, Spanned, Statement};

use super::secret_like_name::has_secret_part;
use super::secret_word_in_name::is_secret_word;
use crate::context::Context;
use crate::lines;
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
    check: Check::StepOrTrigger(check),
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
    format!("Do not use ARG or ENV instructions for sensitive data ({kind} {name:?})")
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
    let is_trigger = step.instruction.kind == Keyword::Onbuild;
    // BuildKit does not look at triggers.
    let draft = if is_secret_word(name) && !is_trigger {
        draft.buildkit(context.parse, step.instruction, detail(kind, name))
    } else {
        let others = RULE.aliases.iter().copied().filter(|alias| *alias != "SecretsUsedInArgOrEnv");
        draft.aliases(others)
    };
    let draft = draft.unlike_hadolint(!has_secret_part(name));
    let draft =
        draft.help(format!("mount it where it is needed: `RUN --mount=type=secret,id={id},env={name} …`"));
    if is_trigger {
        return;
    }
    if let Some(edits) = mount_instead(context, step, name, &id) {
        let how = format!("mount it where it is named; give it with `--secret id={id},env={name}`");
        draft.fix(how, Safety::Unsafe, edits);
    }
}

/// Replaces an argument by mounts, where nothing but RUN of its own stage names it.
fn mount_instead(context: &Context<'_>, step: &Step<'_>, name: &str, id: &str) -> Option<Vec<Edit>> {
    let Some(Statement::Arg(args)) = step.statement else { return None };
    let alone = args.len() == 1 && args[0].value.is_none() && !frontend_is_old(context);
    let named = context.steps_and_triggers().filter(|other| {
        other.index != step.index && (declares(other, name) || lines::mentions(context, other, name))
    });
    let mut edits = vec![lines::remove(step.instruction.range)];
    for other in named {
        let fits = other.stage == step.stage && other.index > step.index && other.run().is_some();
        let plain = other.instruction.kind == syntax::Keyword::Run;
        (fits && plain).then_some(())?;
        edits.push(lines::add_flag(other.instruction, &format!("--mount=type=secret,id={id},env={name}")));
    }
    (alone && edits.len() > 1).then_some(edits)
}

fn declares(step: &Step<'_>, name: &str) -> bool {
    matches!(step.statement, Some(Statement::Arg(args)) if args.iter().any(|arg| arg.key.value == name))
}

/// Whether the frontend that the file asks for is older than mounts as variables (1.10).
fn frontend_is_old(context: &Context<'_>) -> bool {
    let text = context.text();
    let syntax =
        context.parse.directives().iter().find(|item| item.name_text(text).eq_ignore_ascii_case("syntax"));
    let version = syntax.and_then(|item| item.value_text(text).rsplit_once(":1.").map(|(_, minor)| minor));
    let minor = version.and_then(|minor| minor.split(['.', '-', '@']).next());
    minor.is_some_and(|minor| minor.parse::<u32>().is_ok_and(|minor| minor < 10))
}
