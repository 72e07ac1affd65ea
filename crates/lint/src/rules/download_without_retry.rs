//! # download-without-retry
//!
//! ## What it does
//! Finds `curl` without `--retry` where no configuration sets it.
//!
//! ## Why
//! A build should not fail because a server was busy for a moment.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN curl -fsSLo /data https://example.com/data
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! RUN curl --retry 3 -fsSLo /data https://example.com/data
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN curl --retry 3 -fsSLo /data https://example.com/data
//! USER 1000
//! ```

use crate::context::Context;
use crate::rule::{At, Check, Rule};
use crate::sink::Sink;
use facts::{Safety, Severity};

pub(crate) static RULE: Rule = Rule {
    code: "CO424",
    name: "download-without-retry",
    aliases: &["prefer-curl-config", "prefer-wget-config"],
    severity: Severity::Style,
    summary: "a download is tried once",
    enabled: false,
    check: Check::Command(&["curl"], check),
    source: include_str!("download_without_retry.rs"),
};

fn check(context: &Context<'_>, at: &At<'_, '_>, sink: &mut Sink<'_>) {
    let command = &at.item.command;
    let fetches = command.args().iter().any(|arg| arg.text.contains("://"));
    let tries = ["--retry", "-K", "--config"].iter().any(|option| command.option(option).is_some());
    let configured = context.text().contains("curlrc") || at.step.scope.env().contains_key("CURL_HOME");
    let Some(program) = command.program().filter(|_| fetches && !tries && !configured) else { return };
    let draft =
        sink.report(at.run.place_of_arg(program), "the download is tried once").help("add `--retry 3`");
    if let Some(edit) = at.run.insert_behind(context.text(), program, " --retry 3") {
        draft.fix("add `--retry 3`", Safety::Safe, vec![edit]);
    }
}
