//! # cargo-install-unlocked
//!
//! ## What it does
//! Finds `cargo install` without `--locked`.
//!
//! ## Why
//! A package is published with the versions of its dependencies that it was tested with. Without `--locked` the
//! newest ones are taken, and builds of old packages break.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM rust:1.88 AS build
//! RUN cargo install cargo-chef@0.1.72
//! FROM debian:12-slim
//! COPY --from=build /usr/local/cargo/bin/cargo-chef /usr/local/bin/
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM rust:1.88 AS build
//! RUN cargo install --locked cargo-chef@0.1.72
//! FROM debian:12-slim
//! COPY --from=build /usr/local/cargo/bin/cargo-chef /usr/local/bin/
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM rust:1.88 AS build
//! RUN cargo install --locked --path .
//! FROM debian:12-slim
//! COPY --from=build /usr/local/cargo/bin/app /usr/local/bin/
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb, add_option};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::{Effect, Safety, Severity};
use std::borrow::Cow;

pub(crate) static RULE: Rule = Rule {
    code: "CO652",
    name: "cargo-install-unlocked",
    aliases: &[],
    severity: Severity::Info,
    summary: "cargo install takes other dependencies than the package was tested with",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("cargo_install_unlocked.rs"),
};

fn check(context: &Context<'_>, _step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    if !call.is("cargo", Verb::Install)
        || call.says("binstall")
        || call.has(&["--locked", "--frozen", "--list"])
    {
        return;
    }
    let draft = sink
        .report(call.head(), "dependencies have other versions than the package was tested with")
        .help("add `--locked`");
    if let Some(edit) = add_option(context, call, "--locked") {
        draft
            .fix("add `--locked`", Safety::Unsafe, vec![edit])
            .effects([Effect::Changes(Cow::Borrowed("/"))]);
    }
}
