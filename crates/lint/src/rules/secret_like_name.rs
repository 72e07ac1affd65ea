//! # secret-like-name
//!
//! ## What it does
//! Finds names of variables in which some tools see a secret wherever it stands, like `USERNAME` and `GOPRIVATE`.
//!
//! ## Why
//! Such names can stand for a secret. Most often they do not, so this rule is off by default.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! ENV GOPRIVATE=git.example.com
//! USER 1000
//! ```
//! ```dockerfile,bad
//! FROM debian:12
//! ONBUILD ENV API_TOKEN=none
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! ENV GONOSUMDB=git.example.com
//! USER 1000
//! ```

use facts::Severity;
use syntax::{Keyword, Spanned, Statement};

use super::secret_in_arg_or_env::{is_secret_arg, is_secret_env};
use super::secret_word_in_name::is_secret_word;
use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO110",
    name: "secret-like-name",
    aliases: &["DL3064"],
    severity: Severity::Warning,
    summary: "an ARG or ENV has a name like that of a secret",
    enabled: false,
    check: Check::File(check),
    source: include_str!("secret_like_name.rs"),
};

/// Parts of names that hadolint takes for a secret, wherever they stand.
const PARTS: &[&str] = &["API_KEY", "PASSWORD", "PRIVATE", "SECRET", "TOKEN", "USERNAME"];

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for step in context.steps_and_triggers() {
        let in_stage = step.instruction.kind != Keyword::Onbuild;
        match step.statement {
            Some(Statement::Arg(args)) => {
                for arg in args.iter().filter(|arg| !is_secret_arg(step, arg)) {
                    report(in_stage, "ARG", &arg.key, sink);
                }
            }
            Some(Statement::Env(pairs)) => {
                for (key, _) in pairs.pairs.iter().filter(|(key, value)| !is_secret_env(step, key, value)) {
                    report(in_stage, "ENV", key, sink);
                }
            }
            _ => {}
        }
    }
    for arg in &context.graph.global_args {
        report(false, "ARG", &arg.name, sink);
    }
}

/// What is said of a name within a stage, the rule `secret-word-in-name` may say already.
fn report(in_stage: bool, kind: &str, key: &Spanned<String>, sink: &mut Sink<'_>) {
    if has_secret_part(&key.value) && !(in_stage && is_secret_word(&key.value)) {
        sink.report(key.range, format!("`{kind}` should not hold sensitive data (`{}`)", key.value));
    }
}

pub(super) fn has_secret_part(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    upper == "AWS_ACCESS_KEY_ID" || PARTS.iter().any(|part| upper.contains(part))
}
