//! # insecure-run
//!
//! ## What it does
//! Finds `RUN --security=insecure` and `RUN --network=host`.
//!
//! ## Why
//! The first runs a step with all capabilities and without its sandbox, the second in the network of the host, where it
//! reaches services that are meant for the host alone. Both make every dependency that runs in the step a danger to
//! the machine that builds.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN --security=insecure mount -t tmpfs none /mnt
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN --mount=type=tmpfs,target=/mnt --network=none true
//! USER 1000
//! ```

use facts::Severity;

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO406",
    name: "insecure-run",
    aliases: &["S6431", "S6502", "run-security-insecure"],
    severity: Severity::Warning,
    summary: "a step runs without its sandbox or in the network of the host",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("insecure_run.rs"),
};

fn check(_context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(syntax::Statement::Run(run)) = step.statement else { return };
    if let Some(flag) = run.security.as_ref().filter(|flag| flag.value == "insecure") {
        sink.report(flag.range, "the step runs without a sandbox")
            .help("use the mount or the device it needs: `--mount=type=tmpfs`, `--device=…`");
    }
    if let Some(flag) = run.network.as_ref().filter(|flag| flag.value == "host") {
        sink.report(flag.range, "the step runs in the network of the host")
            .help("leave the flag out; use `--network=none` where no network is needed");
    }
}
