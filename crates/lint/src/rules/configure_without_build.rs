//! # configure-without-build
//!
//! ## What it does
//! Finds `./configure` without `--build`.
//!
//! ## Why
//! Old scripts do not know new machines and fail there, for example on arm64. `--build` tells them.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN ./configure && make install
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN ./configure --build="$(dpkg-architecture --query DEB_BUILD_GNU_TYPE)" && make install
//! USER 1000
//! ```

use crate::context::Context;
use crate::rule::{At, Check, Rule};
use crate::sink::Sink;
use facts::Severity;

pub(crate) static RULE: Rule = Rule {
    code: "CO433",
    name: "configure-without-build",
    aliases: &["configureShouldUseBuildFlag"],
    severity: Severity::Style,
    summary: "configure guesses the machine",
    enabled: false,
    check: Check::Command(&["configure"], check),
    source: include_str!("configure_without_build.rs"),
};

fn check(_context: &Context<'_>, at: &At<'_, '_>, sink: &mut Sink<'_>) {
    let command = &at.item.command;
    let told = ["--build", "--host"].iter().any(|option| command.option(option).is_some());
    if let Some(program) = command.program().filter(|_| !told) {
        sink.report(at.run.place_of_arg(program), "the machine is guessed")
            .help("add `--build=\"$(dpkg-architecture --query DEB_BUILD_GNU_TYPE)\"`");
    }
}
