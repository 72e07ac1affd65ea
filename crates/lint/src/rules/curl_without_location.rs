//! # curl-without-location
//!
//! ## What it does
//! Finds `curl` without `-L`.
//!
//! ## Why
//! Many servers send downloads from elsewhere. Without `-L` curl writes their answer, which is not the file. The fix
//! keeps to HTTPS where the address does.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN curl -fsSo /data https://example.com/data
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! RUN curl -L --proto =https -fsSo /data https://example.com/data
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN curl -fsSLo /data https://example.com/data
//! USER 1000
//! ```

use crate::context::Context;
use crate::rule::{At, Check, Rule};
use crate::sink::Sink;
use facts::{Safety, Severity};

pub(crate) static RULE: Rule = Rule {
    code: "CO423",
    name: "curl-without-location",
    aliases: &["curl-should-follow-redirects"],
    severity: Severity::Info,
    summary: "curl does not follow the server to another address",
    enabled: false,
    check: Check::Command(&["curl"], check),
    source: include_str!("curl_without_location.rs"),
};

fn check(context: &Context<'_>, at: &At<'_, '_>, sink: &mut Sink<'_>) {
    let command = &at.item.command;
    let fetches = command.args().iter().any(|arg| arg.text.contains("://"));
    let follows = ["-L", "--location", "--location-trusted", "-K", "--config"]
        .iter()
        .any(|option| command.option(option).is_some());
    let Some(program) = command.program().filter(|_| fetches && !follows) else { return };
    let draft = sink
        .report(at.run.place_of_arg(program), "`curl` does not go where the server sends it")
        .help("add `-L`");
    // With another protocol allowed, a server could send curl to an address without encryption.
    let https =
        command.args().iter().all(|arg| !arg.text.contains("://") || arg.text.starts_with("https://"));
    let limited = ["--proto", "--proto-redir"].iter().any(|option| command.option(option).is_some());
    let options = if https && !limited { "-L --proto =https" } else { "-L" };
    if let Some(edit) = at.run.insert_behind(context.text(), program, &format!(" {options}")) {
        draft.fix(format!("add `{options}`"), Safety::Unsafe, vec![edit]);
    }
}
