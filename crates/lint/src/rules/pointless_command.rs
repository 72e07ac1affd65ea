//! # pointless-command
//!
//! ## What it does
//! Finds commands for a running machine in a build step: `service`, `systemctl`, `shutdown`, `top`, `vim` and the
//! like. Where a step starts a service, uses and stops it, nothing is found; neither for `ssh` with a mount of its
//! kind, and for `mount` in a step with `--security=insecure`, as others may not mount.
//!
//! ## Why
//! What runs ends with the step, and is not there in the container. An editor waits for someone who is not there
//! either.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN service nginx start
//! USER 1000
//! ```
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN prepare && mount /data
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN server & wait-for-server && kill %1
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN service postgresql start && createdb app && service postgresql stop
//! USER 1000
//! ```

use facts::Severity;
use syntax::{MountKind, Statement};

use crate::context::Context;
use crate::model::Step;
use crate::rule::{At, Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO914",
    name: "pointless-command",
    aliases: &["DL3001", "nonsensical-command", "run_utilities_and_posix_commands"],
    severity: Severity::Info,
    summary: "a command that does nothing useful in a build",
    enabled: true,
    check: Check::Command(
        &[
            "free",
            "ifconfig",
            "kill",
            "mount",
            "ps",
            "service",
            "shutdown",
            "ssh",
            "systemctl",
            "top",
            "vi",
            "vim",
        ],
        check,
    ),
    source: include_str!("pointless_command.rs"),
};

fn check(_context: &Context<'_>, at: &At<'_, '_>, sink: &mut Sink<'_>) {
    let command = &at.item.command;
    let name = command.name();
    let only_asks =
        command.args().iter().any(|arg| matches!(arg.text.as_ref(), "--version" | "-V" | "--help"));
    let useful = match name {
        "kill" => command.args().iter().any(|arg| arg.expands || arg.text.starts_with('%')),
        "systemctl" => !command
            .args()
            .iter()
            .any(|arg| matches!(arg.text.as_ref(), "start" | "restart" | "status" | "daemon-reload")),
        "mount" => is_privileged(at.step),
        "service" => at.run.commands.len() > 1,
        "ssh" => at.run.mounts.iter().any(|mount| mount.mount.kind == MountKind::Ssh),
        _ => false,
    };
    if !only_asks && !useful && command.wrappers().next().is_none() {
        sink.report(at.run.place_of_command(command), format!("`{name}` does nothing useful in a build"))
            .unlike_hadolint(matches!(name, "ifconfig" | "systemctl" | "vi"));
    }
}

/// Whether a step may do what only the host may otherwise.
fn is_privileged(step: &Step<'_>) -> bool {
    let security = match step.statement {
        Some(Statement::Run(run)) => run.security.as_ref(),
        _ => None,
    };
    security.is_some_and(|security| security.value == "insecure")
}
