//! # wrong-package-manager
//!
//! ## What it does
//! Finds `apt-get` on Alpine, Fedora and their like, `apk` on Debian, `dnf` on Ubuntu and so on, where the base image
//! is known.
//!
//! ## Why
//! The program is not there, so the step fails.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM alpine:3.22
//! RUN apt-get update && apt-get install -y --no-install-recommends curl=8 && rm -rf /var/lib/apt/lists/*
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM alpine:3.22
//! RUN apk add --no-cache curl~8.14
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::Call;
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::Severity;
use shell::Kind;

pub(crate) static RULE: Rule = Rule {
    code: "CO653",
    name: "wrong-package-manager",
    aliases: &[],
    severity: Severity::Warning,
    summary: "the package manager is that of another distribution",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("wrong_package_manager.rs"),
};

/// The package managers that base images have.
const BASES: &[(&[&str], &[&str])] = &[
    (&["debian", "ubuntu"], &["apt"]),
    (&["alpine"], &["apk"]),
    (&["almalinux", "amazonlinux", "centos", "fedora", "oraclelinux", "rockylinux"], &["dnf", "yum"]),
    (&["opensuse/leap", "opensuse/tumbleweed"], &["zypper"]),
    (&["archlinux"], &["pacman"]),
];

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    let manager = call.manager().name;
    let is_system = BASES.iter().any(|(_, managers)| managers.contains(&manager));
    if !is_system || may_be_left_out(call) {
        return;
    }
    let Some((image, _)) = context.root_image(step.stage) else { return };
    let own = BASES.iter().find(|(images, _)| images.contains(&image.as_str()));
    let guarded = call
        .run
        .commands
        .iter()
        .any(|item| matches!(item.command.name(), "[" | "test" | "command" | "which" | "type" | "[["));
    if let Some((_, [first, ..])) = own.filter(|(_, managers)| !managers.contains(&manager) && !guarded) {
        sink.report(call.head(), format!("`{}` is not in the image `{image}`", call.program()))
            .help(format!("the image has `{first}`"));
    }
}

/// Whether it stands where it does not run, or may fail, in a build that goes well.
fn may_be_left_out(call: &Call<'_, '_>) -> bool {
    call.item.command.command().node().ancestors().any(|node| match node.kind() {
        Kind::If | Kind::Case | Kind::While | Kind::Function | Kind::Condition => true,
        Kind::AndOr => node.children().any(|child| child.text() == "||"),
        _ => false,
    })
}
