//! # secret-literal
//!
//! ## What it does
//! Finds texts that are a credential by their form: access keys of cloud and code hosts, private keys, and URLs with
//! a password in them.
//!
//! ## Why
//! The Dockerfile and the history of the image give them away, and what was once published has to be revoked.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN git clone https://bot:hunter2hunter2@git.example.com/a/b.git /opt/b
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN --mount=type=secret,id=pass,env=PASS git clone https://bot:$PASS@git.example.com/a/b.git /opt/b
//! USER 1000
//! ```

use facts::Severity;
use kit::TextRange;

use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO106",
    name: "secret-literal",
    aliases: &[
        "secrets-in-code",
        "passwords_and_secrets",
        "passwords_and_secrets_in_infrastructure_code_dockerfile",
    ],
    severity: Severity::Error,
    summary: "the file holds a credential",
    enabled: true,
    check: Check::File(check),
    source: include_str!("secret_literal.rs"),
};

/// Parts of words that people write where a password would stand.
const STAND_INS: &[&str] = &[
    "***",
    "admin",
    "change",
    "demo",
    "dummy",
    "example",
    "fake",
    "foobar",
    "pass",
    "placeholder",
    "pwd",
    "root",
    "secret",
    "test",
    "token",
    "user",
    "x-oauth",
    "xxx",
];

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let text = context.text();
    for (range, what) in leak::names::tokens(text) {
        report(TextRange::of(range), what, sink);
    }
    for (at, _) in text.match_indices("PRIVATE KEY-----") {
        let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
        if let Some(dashes) = text[line..at].find("-----BEGIN ") {
            report(TextRange::of(line + dashes..at + "PRIVATE KEY-----".len()), "a private key", sink);
        }
    }
    urls(text, sink);
}

fn urls(text: &str, sink: &mut Sink<'_>) {
    for (at, _) in text.match_indices("://") {
        let start = at + 3;
        let end = |ch: char| ch.is_whitespace() || matches!(ch, '/' | '"' | '\'' | '`' | ')' | '>' | '<');
        let length = text[start..].find(end).unwrap_or(text.len() - start);
        let Some((user, _)) = text[start..start + length].rsplit_once('@') else { continue };
        let Some((name, password)) = user.split_once(':') else { continue };
        if is_password(password) && !name.contains(['{', '<', '[']) {
            let from = start + name.len() + 1;
            report(TextRange::of(from..from + password.len()), "a password in a URL", sink);
        }
    }
}

/// Whether it is a real password, not a variable or a stand-in for one.
fn is_password(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let port = text.bytes().all(|byte| byte.is_ascii_digit());
    let word = |part: &&str| lower.contains(part);
    text.len() >= 6
        && !port
        && !text.contains(['$', '{', '<', '[', '%', '*', '\\', ','])
        && !STAND_INS.iter().any(word)
}

fn report(range: TextRange, what: &str, sink: &mut Sink<'_>) {
    sink.report(range, format!("this is {what}"))
        .help("revoke it, and give the new one to the build with `RUN --mount=type=secret`");
}
