//! # http-download
//!
//! ## What it does
//! Finds `http://` addresses that curl, wget or ADD fetch, where nothing in the same RUN checks what comes.
//!
//! ## Why
//! Anybody on the way can replace the file.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN curl -fsSLO http://example.com/tool.tar.gz
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN curl -fsSLO https://example.com/tool.tar.gz
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::Severity;
use kit::TextRange;

pub(crate) static RULE: Rule = Rule {
    code: "CO425",
    name: "http-download",
    aliases: &["S5332", "curlUseHttpsUrl", "wgetUseHttpsUrl"],
    severity: Severity::Info,
    summary: "a file is fetched without encryption",
    enabled: true,
    check: Check::StepOrTrigger(check),
    source: include_str!("http_download.rs"),
};

/// Commands that check what was downloaded.
const CHECKS: &[&str] = &[
    "b2sum",
    "cosign",
    "gpg",
    "gpgv",
    "md5sum",
    "minisign",
    "sha1sum",
    "sha256sum",
    "sha384sum",
    "sha512sum",
    "shasum",
];

fn check(_context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    if let Some(copy) = step.copy_statement().filter(|copy| copy.checksum.is_none()) {
        for source in &copy.sources {
            report(step.expand(&source.value).as_deref().unwrap_or(&source.value), source.range, sink);
        }
    }
    let Some(run) = step.run() else { return };
    if run.named(CHECKS).next().is_some() {
        return;
    }
    for item in run.named(&["curl", "wget"]) {
        let mut value = false;
        for arg in item.command.args() {
            let is_value = std::mem::replace(&mut value, VALUED.contains(&arg.text.as_ref()));
            if !is_value {
                report(&arg.text, run.place_of_arg(arg), sink);
            }
        }
    }
}

/// Options of curl and wget whose value can be an address that is not fetched.
const VALUED: &[&str] = &["-x", "--proxy", "--preproxy", "-e", "--referer", "-H", "--header", "-d", "--data"];

fn report(url: &str, range: TextRange, sink: &mut Sink<'_>) {
    let Some(rest) = url.strip_prefix("http://") else { return };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let inner = !name.contains('.') || name.contains('$') || name.starts_with(|ch: char| ch.is_ascii_digit());
    let local = [".local", ".internal", ".svc", ".test", ".localdomain", ".lan"]
        .iter()
        .any(|end| name.ends_with(end));
    if !inner && !local {
        sink.report(range, format!("`{name}` is asked without encryption"))
            .help("use `https://`, or compare a checksum");
    }
}
