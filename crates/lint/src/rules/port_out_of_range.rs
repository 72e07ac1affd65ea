//! # port-out-of-range
//!
//! ## What it does
//! Finds ports above 65535 in `EXPOSE`.
//!
//! ## Why
//! There are none: the build fails, or nothing is exposed.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! EXPOSE 80808
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! EXPOSE 8080
//! USER 1000
//! ```

use facts::Severity;

use crate::context::Context;
use crate::model::Step;
use crate::ports::{ports, split_port};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO814",
    name: "port-out-of-range",
    aliases: &[
        "DL3011",
        "DS-0008",
        "unix_ports_out_of_range",
        "invalid-port",
        "AC_DOCKER_0011",
        "invalid_port",
        "INVALID_PORT",
    ],
    severity: Severity::Error,
    summary: "EXPOSE names a port that does not exist",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("port_out_of_range.rs"),
};

fn check(_context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    for (word, port) in ports(step) {
        let spec = split_port(&port);
        let mut numbers = spec.port.split('-');
        if numbers.any(|number| is_number(number) && number.parse::<u16>().is_err()) {
            sink.report(word.range, format!("there is no port `{}`; the last one is 65535", spec.port));
        }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
