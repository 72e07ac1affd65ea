//! # expose-unknown-protocol
//!
//! ## What it does
//! Finds `EXPOSE` with a protocol other than tcp, udp and sctp.
//!
//! ## Why
//! The build fails, or nothing can reach the port.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! EXPOSE 80/http
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! EXPOSE 80/tcp
//! USER 1000
//! ```

use facts::Severity;

use crate::context::Context;
use crate::model::Step;
use crate::ports::{ports, split_port};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO815",
    name: "expose-unknown-protocol",
    aliases: &["INVALID_PROTO"],
    severity: Severity::Warning,
    summary: "EXPOSE names an unknown protocol",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("expose_unknown_protocol.rs"),
};

fn check(_context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    for (word, port) in ports(step) {
        let proto = split_port(&port).proto.unwrap_or("tcp").to_ascii_lowercase();
        if !matches!(proto.as_str(), "" | "tcp" | "udp" | "sctp") {
            sink.report(word.range, format!("`{proto}` is no protocol of a port"))
                .help("use `tcp`, `udp` or `sctp`");
        }
    }
}
