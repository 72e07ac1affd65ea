//! # secret-word-in-name
//!
//! ## What it does
//! Finds `ARG` and `ENV` with a word like `KEY` or `AUTH` in the name, where the rule `secret-in-arg-or-env` is not sure
//! that it is a secret. `PUBLIC`, `FILE` and `VERSION` in the name say that it is none.
//!
//! ## Why
//! If it is a secret, everybody who has the image has it, too. If it is none, a name that says so spares the question.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! ENV SIGNING_KEY=/etc/app/key
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! ENV SIGNING_KEY_FILE=/etc/app/key
//! USER 1000
//! ```

use facts::Severity;
use syntax::{Keyword, Spanned, Statement};

use super::secret_in_arg_or_env::{detail, is_secret_arg, is_secret_env};
use super::secret_like_name::has_secret_part;
use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO114",
    name: "secret-word-in-name",
    aliases: &["SecretsUsedInArgOrEnv", "DL3064"],
    severity: Severity::Warning,
    summary: "an ARG or ENV has a name like that of a secret",
    enabled: true,
    check: Check::StepOrTrigger(check),
    source: include_str!("secret_word_in_name.rs"),
};

/// Words between underscores that `BuildKit` takes for a secret, and those that make it none.
const WORDS: &[&str] =
    &["apikey", "auth", "credential", "credentials", "key", "passwd", "password", "pword", "secret", "token"];
const ALLOWED: &[&str] = &["file", "public", "version"];

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    match step.statement {
        Some(Statement::Arg(args)) => {
            for arg in args.iter().filter(|arg| !is_secret_arg(step, arg)) {
                report(context, step, "ARG", &arg.key, sink);
            }
        }
        Some(Statement::Env(pairs)) => {
            let harmless = |value: &Spanned<String>| value.value.starts_with("/run/secrets/");
            let unsure = |(key, value): &&(Spanned<String>, Spanned<String>)| {
                !is_secret_env(step, key, value) && !harmless(value)
            };
            for (key, _) in pairs.pairs.iter().filter(unsure) {
                report(context, step, "ENV", key, sink);
            }
        }
        _ => {}
    }
}

fn report(context: &Context<'_>, step: &Step<'_>, kind: &str, key: &Spanned<String>, sink: &mut Sink<'_>) {
    if !is_secret_word(&key.value) {
        return;
    }
    let hadolint = has_secret_part(&key.value).then_some("DL3064");
    let draft = sink
        .report(key.range, format!("`{}` has a name like that of a secret", key.value))
        .help("mount it if it is one: `RUN --mount=type=secret,id=…`");
    // BuildKit does not look at triggers.
    if step.instruction.kind == Keyword::Onbuild {
        draft.aliases(hadolint);
        return;
    }
    draft.aliases(["SecretsUsedInArgOrEnv"].into_iter().chain(hadolint)).buildkit(
        context.parse,
        step.instruction,
        detail(kind, &key.value),
    );
}

/// Whether a name is that of a secret for `BuildKit`.
pub(super) fn is_secret_word(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let has = |words: &[&str]| lower.split('_').any(|word| words.contains(&word));
    has(WORDS) && !has(ALLOWED)
}
