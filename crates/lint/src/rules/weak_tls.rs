//! # weak-tls
//!
//! ## What it does
//! Finds `curl --tlsv1.0`, `--tlsv1.1`, `--sslv3`, and `wget --secure-protocol=SSLv3` or `TLSv1`.
//!
//! ## Why
//! These versions are broken; servers that need them do not protect what they send.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN curl --tlsv1.0 --tls-max 1.1 -fsSLO https://example.com/tool.tar.gz
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN curl --tlsv1.2 -fsSLO https://example.com/tool.tar.gz
//! USER 1000
//! ```

use crate::context::Context;
use crate::rule::{At, Check, Rule};
use crate::sink::Sink;
use facts::Severity;
use shell::Arg;

pub(crate) static RULE: Rule = Rule {
    code: "CO426",
    name: "weak-tls",
    aliases: &["S4423"],
    severity: Severity::Warning,
    summary: "an old version of TLS is asked for",
    enabled: true,
    check: Check::Command(&["curl", "wget"], check),
    source: include_str!("weak_tls.rs"),
};

fn check(_context: &Context<'_>, at: &At<'_, '_>, sink: &mut Sink<'_>) {
    let command = &at.item.command;
    let weak = |arg: &&Arg<'_>| {
        let lower = arg.text.to_ascii_lowercase();
        WEAK.contains(&lower.as_str())
    };
    let limit = command.value(&["--tls-max"]).filter(|(value, _)| matches!(*value, "1.0" | "1.1"));
    // `--tlsv1.0` alone is the oldest that is taken; what is used is what both know.
    let old = || command.args().iter().find(weak);
    if let Some(arg) = limit.map(|(_, arg)| arg).or_else(old) {
        sink.report(at.run.place_of_arg(arg), "this version of TLS protects nothing")
            .help("leave it out: the newest version that both sides know is used");
    }
}

const WEAK: &[&str] = &[
    "--sslv2",
    "--sslv3",
    "-2",
    "-3",
    "--tlsv1.0",
    "--tlsv1.1",
    "--secure-protocol=sslv2",
    "--secure-protocol=sslv3",
    "--secure-protocol=tlsv1",
    "--secure-protocol=tlsv1_1",
];
