//! # expose-host-port
//!
//! ## What it does
//! Finds `EXPOSE` with an IP address or with a pair of ports.
//!
//! ## Why
//! Addresses and ports of the host are chosen when the container is started; `EXPOSE` takes no notice of them.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! EXPOSE 127.0.0.1:8080:80
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12
//! EXPOSE 80
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! EXPOSE 80
//! USER 1000
//! ```

use facts::{Safety, Severity};
use kit::Edit;

use crate::context::Context;
use crate::model::Step;
use crate::ports::{ports, split_port};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO813",
    name: "expose-host-port",
    aliases: &["ExposeInvalidFormat", "expose_host_port"],
    severity: Severity::Warning,
    summary: "EXPOSE names an address or a port of the host",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("expose_host_port.rs"),
};

/// Whether an address or a port of the host stands before the port.
fn names_host(spec: &str) -> bool {
    let parts = spec.rsplit_once(':').filter(|(_, port)| !port.is_empty());
    parts.is_some_and(|(host, _)| !host.trim_matches(':').is_empty())
}

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    for (word, port) in ports(step).filter(|(_, port)| names_host(port)) {
        let detail = format!(
            "EXPOSE instruction should not define an IP address or host-port mapping, found '{port}'"
        );
        let draft = sink
            .report(word.range, format!("`{port}` names an address or a port of the host"))
            .buildkit(context.parse, step.instruction, detail)
            .help("publish it with `docker run --publish` instead");
        let parts = split_port(&port);
        if word.value == port && parts.port.starts_with(|ch: char| ch.is_ascii_digit()) {
            let proto = parts.proto.map(|proto| format!("/{proto}")).unwrap_or_default();
            let replacement = format!("{}{proto}", parts.port);
            draft.fix("name the port alone", Safety::Safe, vec![Edit { range: word.range, replacement }]);
        }
    }
}
