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
    aliases: &["secrets-in-code", "passwords_and_secrets"],
    severity: Severity::Error,
    summary: "the file holds a credential",
    enabled: true,
    check: Check::File(check),
    source: include_str!("secret_literal.rs"),
};

/// Begin of a token, the least length of what follows, and what it is.
const TOKENS: &[(&str, usize, &str)] = &[
    ("AKIA", 16, "an AWS access key"),
    ("AIza", 35, "a Google API key"),
    ("dckr_pat_", 20, "a Docker access token"),
    ("ghp_", 36, "a GitHub token"),
    ("gho_", 36, "a GitHub token"),
    ("ghs_", 36, "a GitHub token"),
    ("github_pat_", 40, "a GitHub token"),
    ("glpat-", 20, "a GitLab token"),
    ("hf_", 34, "a Hugging Face token"),
    ("npm_", 36, "an npm token"),
    ("pypi-AgEIcHlwaS5vcmc", 50, "a PyPI token"),
    ("sk_live_", 24, "a Stripe key"),
    ("xoxb-", 24, "a Slack token"),
    ("xoxp-", 24, "a Slack token"),
];

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
    for (begin, least, what) in TOKENS {
        for (at, _) in text.match_indices(begin) {
            let rest = &text[at + begin.len()..];
            let length = rest.bytes().take_while(|byte| is_token_byte(*byte)).count();
            let starts_word = text[..at].bytes().next_back().is_none_or(|byte| !is_token_byte(byte));
            if starts_word && length >= *least && is_random(&rest[..length]) {
                report(TextRange::of(at..at + begin.len() + length), what, sink);
            }
        }
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

const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Examples repeat a character or say that they are one.
fn is_random(text: &str) -> bool {
    let mut seen = [false; 128];
    text.bytes().for_each(|byte| seen[usize::from(byte & 127)] = true);
    seen.iter().filter(|seen| **seen).count() >= 8 && !text.to_ascii_uppercase().contains("EXAMPLE")
}

fn report(range: TextRange, what: &str, sink: &mut Sink<'_>) {
    sink.report(range, format!("this is {what}"))
        .help("revoke it, and give the new one to the build with `RUN --mount=type=secret`");
}
