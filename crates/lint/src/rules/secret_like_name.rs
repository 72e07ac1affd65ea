//! # secret-like-name
//!
//! ## What it does
//! Finds names of variables that some tools take for secrets, and that the rule `secret-in-arg-or-env` knows to be
//! harmless or too vague.
//!
//! ## Why
//! Names like `KEY` and `AUTH` can stand for a secret. Most often they do not, so this rule is off by default.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! ENV SIGNING_KEY=/etc/app/public
//! USER 1000
//! ```
//! ```dockerfile,bad
//! FROM debian:12
//! ONBUILD ENV API_TOKEN=none
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! ENV SIGNING_DIR=/etc/app/public
//! USER 1000
//! ```

use facts::Severity;
use syntax::{Spanned, Statement};

use super::secret_in_arg_or_env::{detail, is_secret_arg, is_secret_env};
use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO110",
    name: "secret-like-name",
    aliases: &["SecretsUsedInArgOrEnv", "DL3064"],
    severity: Severity::Warning,
    summary: "an ARG or ENV has a name like that of a secret",
    enabled: false,
    check: Check::File(check),
    source: include_str!("secret_like_name.rs"),
};

/// Words between underscores that `BuildKit` takes for a secret, and those that make it none.
const WORDS: &[&str] =
    &["apikey", "auth", "credential", "credentials", "key", "passwd", "password", "pword", "secret", "token"];
const ALLOWED: &[&str] = &["file", "public", "version"];
/// Parts of names that hadolint takes for a secret, wherever they stand.
const PARTS: &[&str] = &["ACCESS_KEY", "API_KEY", "PASSWORD", "PRIVATE", "SECRET", "TOKEN", "USERNAME"];

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for step in context.steps() {
        match step.statement {
            Some(Statement::Arg(args)) => {
                for arg in args.iter().filter(|arg| !is_secret_arg(step, arg)) {
                    report(context, Some(step), "ARG", &arg.key, sink);
                }
            }
            Some(Statement::Env(pairs)) => {
                for (key, _) in pairs.pairs.iter().filter(|(key, value)| !is_secret_env(step, key, value)) {
                    report(context, Some(step), "ENV", key, sink);
                }
            }
            _ => {}
        }
    }
    for step in context.steps().filter_map(|step| step.trigger.as_deref()) {
        match step.statement {
            Some(Statement::Arg(args)) => {
                for arg in args {
                    report(context, None, "ARG", &arg.key, sink);
                }
            }
            Some(Statement::Env(pairs)) => {
                for (key, _) in &pairs.pairs {
                    report(context, None, "ENV", key, sink);
                }
            }
            _ => {}
        }
    }
    for arg in &context.graph.global_args {
        report(context, None, "ARG", &arg.name, sink);
    }
}

/// `step` is none for what `BuildKit` passes over: arguments before the first FROM, and triggers.
fn report(
    context: &Context<'_>,
    step: Option<&Step<'_>>,
    kind: &str,
    key: &Spanned<String>,
    sink: &mut Sink<'_>,
) {
    let theirs = step.filter(|_| is_secret_word(&key.value));
    let hadolint = has_secret_part(&key.value);
    if theirs.is_none() && !hadolint {
        return;
    }
    let aliases = [("SecretsUsedInArgOrEnv", theirs.is_some()), ("DL3064", hadolint)];
    let draft = sink
        .report(key.range, format!("`{kind}` should not hold sensitive data (`{}`)", key.value))
        .aliases(aliases.into_iter().filter(|(_, is)| *is).map(|(name, _)| name));
    if let Some(step) = theirs {
        draft.buildkit(context.parse, step.instruction, detail(kind, &key.value));
    }
}

/// Whether a name is that of a secret for `BuildKit`.
pub(super) fn is_secret_word(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let has = |words: &[&str]| lower.split('_').any(|word| words.contains(&word));
    has(WORDS) && !has(ALLOWED)
}

fn has_secret_part(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    PARTS.iter().any(|part| upper.contains(part))
}
