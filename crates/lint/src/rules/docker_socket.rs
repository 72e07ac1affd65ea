//! # docker-socket
//!
//! ## What it does
//! Finds `VOLUME`, `COPY` and mounts that name the socket of a container engine.
//!
//! ## Why
//! Who can write to the socket is root on the host. An image that expects it teaches people to hand it over.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! VOLUME /var/run/docker.sock
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! VOLUME /var/lib/app
//! USER 1000
//! ```

use facts::Severity;
use kit::TextRange;
use syntax::Statement;

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO405",
    name: "docker-socket",
    aliases: &["dockerd-socket-mount"],
    severity: Severity::Warning,
    summary: "the socket of the container engine is used",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("docker_socket.rs"),
};

const SOCKETS: &[&str] = &["containerd.sock", "crio.sock", "docker.sock", "podman.sock"];

fn check(_context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let mut report = |range: TextRange| {
        sink.report(range, "the socket of the container engine gives root on the host").help(
            "let the program talk to a proxy that allows only what it needs, or to an engine of its own",
        );
    };
    match step.statement {
        Some(Statement::Volume(paths)) => {
            paths.iter().filter(|path| is_socket(&path.value)).for_each(|path| report(path.range));
        }
        Some(Statement::Run(run)) => {
            run.mounts.iter().filter(|flag| is_socket(&flag.value)).for_each(|flag| report(flag.range));
        }
        Some(Statement::Copy(copy) | Statement::Add(copy)) => {
            copy.sources.iter().filter(|path| is_socket(&path.value)).for_each(|path| report(path.range));
        }
        _ => {}
    }
}

fn is_socket(text: &str) -> bool {
    SOCKETS.iter().any(|name| text.contains(name))
}
