//! # system-workdir
//!
//! ## What it does
//! Finds `WORKDIR` in `/proc`, `/dev`, `/sys`, `/boot` and the like.
//!
//! ## Why
//! What is written there is lost, or changes the system. Something is mounted over most of them when a container runs.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! WORKDIR /proc/self/fd
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! WORKDIR /app
//! USER 1000
//! ```

use facts::Severity;
use syntax::Statement;

use crate::context::Context;
use crate::model::Step;
use crate::paths::is_within;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO512",
    name: "system-workdir",
    aliases: &["DS-0030"],
    severity: Severity::Warning,
    summary: "WORKDIR is a directory of the system",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("system_workdir.rs"),
};

const SYSTEM: &[&str] = &["/boot", "/dev", "/initrd", "/lost+found", "/proc", "/sys"];

fn check(_context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(Statement::Workdir(word)) = step.statement else { return };
    let Some(path) = step.expand(&word.value) else { return };
    if SYSTEM.iter().any(|system| is_within(&path, system)) {
        sink.report(word.range, format!("`{path}` is a directory of the system"))
            .help("choose a directory that nothing is mounted over");
    }
}
