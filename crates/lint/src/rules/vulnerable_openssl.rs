//! # vulnerable-openssl
//!
//! ## What it does
//! Finds OpenSSL 3.0.0 to 3.0.6 among the words of a command.
//!
//! ## Why
//! These versions read certificates in a way that lets a server take over its clients (CVE-2022-3602, CVE-2022-3786).
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! RUN tar xzf /src/openssl-3.0.5.tar.gz
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! RUN tar xzf /src/openssl-3.0.15.tar.gz
//! USER 1000
//! ```

use facts::Severity;

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO314",
    name: "vulnerable-openssl",
    aliases: &["vulnerable_openssl_version"],
    severity: Severity::Warning,
    summary: "a step fetches a version of OpenSSL with known holes",
    enabled: true,
    check: Check::StepOrTrigger(check),
    source: include_str!("vulnerable_openssl.rs"),
};

fn check(_context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(run) = step.run() else { return };
    let words = run.commands.iter().flat_map(|item| item.command.args());
    if let Some(word) = words.into_iter().find(|word| names_bad_version(&word.text)) {
        sink.report(
            run.place_of_arg(word),
            format!("`{}` is a version of OpenSSL with known holes", word.text),
        )
        .help("use 3.0.7 or later");
    }
}

fn names_bad_version(word: &str) -> bool {
    // Few words are long enough, and fewer name a version like this one.
    if !word.contains("3.0.") {
        return false;
    }
    let lower = word.to_ascii_lowercase();
    ["openssl-3.0.", "openssl=3.0.", "openssl@3.0."].iter().any(|begin| {
        let rest = lower.split_once(begin).map_or("", |(_, rest)| rest);
        let digits = rest.len() - rest.trim_start_matches(|ch: char| ch.is_ascii_digit()).len();
        rest[..digits].parse::<u32>().is_ok_and(|patch| patch <= 6)
    })
}
