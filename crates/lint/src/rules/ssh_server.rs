//! # ssh-server
//!
//! ## What it does
//! Finds the package of an SSH server among those that are installed in a stage whose layers are in an image.
//!
//! ## Why
//! Keys, accounts and updates of a server beside the program of the container are one more thing to care for; `docker
//! exec` and `kubectl exec` need none.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN apt-get update && apt-get install -y --no-install-recommends openssh-server=1:9.2* && rm -rf /var/lib/apt/lists/*
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN apt-get update && apt-get install -y --no-install-recommends openssh-client=1:9.2* && rm -rf /var/lib/apt/lists/*
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb, is_kept};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::Severity;

pub(crate) static RULE: Rule = Rule {
    code: "CO642",
    name: "ssh-server",
    aliases: &[],
    severity: Severity::Info,
    summary: "an SSH server is installed",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("ssh_server.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    let system = matches!(call.manager().name, "apk" | "apt" | "dnf" | "yum" | "zypper");
    if !system || call.verb() != Verb::Install || !is_kept(context, step) {
        return;
    }
    let servers = ["openssh-server", "dropbear", "dropbear-bin"];
    if let Some(package) = call.packages(step).iter().find(|package| servers.contains(&package.name())) {
        sink.report(call.run.place_of_arg(package.arg), format!("`{}` is an SSH server", package.name()))
            .help("use `docker exec` or `kubectl exec` to look into a container");
    }
}
