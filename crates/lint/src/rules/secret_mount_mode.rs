//! # secret-mount-mode
//!
//! ## What it does
//! Finds mounts of secrets and of ssh agents with a mode that lets everybody read them.
//!
//! ## Why
//! Every program that the step runs as another user can read the secret.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! RUN --mount=type=secret,id=key,mode=0444 app --key /run/secrets/key
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! RUN --mount=type=secret,id=key,mode=0400 app --key /run/secrets/key
//! USER 1000
//! ```

use facts::Severity;
use syntax::MountKind;

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO113",
    name: "secret-mount-mode",
    aliases: &["S6469"],
    severity: Severity::Warning,
    summary: "others can read a secret that is mounted",
    enabled: true,
    check: Check::StepOrTrigger(check),
    source: include_str!("secret_mount_mode.rs"),
};

fn check(_context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(run) = step.run() else { return };
    for mount in
        run.mounts.iter().filter(|mount| matches!(mount.mount.kind, MountKind::Secret | MountKind::Ssh))
    {
        if let Some(mode) = mount.mount.mode.filter(|mode| mode & 0o007 != 0) {
            sink.report(mount.range, format!("the mode {mode:04o} lets everybody read the secret"))
                .help("use `mode=0400`, and `uid=` for another user than root");
        }
    }
}
