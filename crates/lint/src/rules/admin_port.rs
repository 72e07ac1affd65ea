//! # admin-port
//!
//! ## What it does
//! Finds `EXPOSE` of the ports of ssh, telnet, and remote desktops.
//!
//! ## Why
//! A container is looked into with `docker exec`; a second way in has to be guarded.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! EXPOSE 22
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
    code: "CO828",
    name: "admin-port",
    aliases: &["DS-0004", "CKV_DOCKER_1", "S6473", "exposing_port_22", "AC_DOCKER_0026"],
    severity: Severity::Warning,
    summary: "EXPOSE names a port for administration",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("admin_port.rs"),
};

const PORTS: &[(&str, &str)] = &[("22", "ssh"), ("23", "telnet"), ("3389", "remote desktops")];

fn check(_context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    for (word, port) in ports(step) {
        let spec = split_port(&port);
        let tcp = spec.proto.is_none_or(|proto| proto.eq_ignore_ascii_case("tcp"));
        if let Some((_, what)) =
            PORTS.iter().find(|(number, _)| *number == spec.port && (tcp || spec.port == "22"))
        {
            sink.report(word.range, format!("port {} is for {what}", spec.port))
                .help("use `docker exec` or `kubectl exec` to look into a container");
        }
    }
}
