//! # system-volume
//!
//! ## What it does
//! Finds `VOLUME` on `/proc`, `/dev`, `/sys`, `/boot` and the like, and on `/`.
//!
//! ## Why
//! A volume there hides what the system needs, or gives it away.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! VOLUME /dev
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! VOLUME /data
//! USER 1000
//! ```

use facts::Severity;
use syntax::Statement;

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO513",
    name: "system-volume",
    aliases: &["DKL-DI-0002"],
    severity: Severity::Warning,
    summary: "VOLUME is a directory of the system",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("system_volume.rs"),
};

const SYSTEM: &[&str] = &["/", "/boot", "/dev", "/etc", "/lib", "/proc", "/sys", "/usr"];

fn check(_context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(Statement::Volume(words)) = step.statement else { return };
    for word in words {
        let Some(path) = step.expand(&word.value) else { continue };
        let path = if path.len() > 1 { path.trim_end_matches('/') } else { &path };
        if SYSTEM.contains(&path) {
            sink.report(word.range, format!("the volume `{path}` is a directory of the system"))
                .help("use a directory for the data alone");
        }
    }
}
