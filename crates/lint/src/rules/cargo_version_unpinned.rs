//! # cargo-version-unpinned
//!
//! ## What it does
//! Finds packages that `cargo install` gets without `--version` or `@version`.
//!
//! ## Why
//! The build takes the version that is newest on its day: the image is another one with each release, and a release
//! that breaks, or is taken over by an attacker, gets in unseen.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM rust:1.88 AS build
//! RUN cargo install --locked cargo-chef
//! FROM debian:12-slim
//! COPY --from=build /usr/local/cargo/bin/cargo-chef /usr/local/bin/
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM rust:1.88 AS build
//! RUN cargo install --locked cargo-chef@0.1.72
//! FROM debian:12-slim
//! COPY --from=build /usr/local/cargo/bin/cargo-chef /usr/local/bin/
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb, report_loose};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::Severity;

pub(crate) static RULE: Rule = Rule {
    code: "CO651",
    name: "cargo-version-unpinned",
    aliases: &[],
    severity: Severity::Warning,
    summary: "cargo installs a package without a version",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("cargo_version_unpinned.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    if call.is("cargo", Verb::Install) && !call.has_file() {
        report_loose(context, step, call, sink);
    }
}
