//! # npm-moving-tag
//!
//! ## What it does
//! Finds packages that `npm` and its like install by a tag such as `latest`.
//!
//! ## Why
//! The tag names another version with each release, so that the same Dockerfile gives another image. It says no more
//! than the name of the package alone.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM node:22
//! RUN npm install -g npm@latest && npm cache clean --force
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM node:22
//! RUN npm install -g npm@11.4.2 && npm cache clean --force
//! USER 1000
//! ```

use facts::Severity;

use super::npm_version_unpinned::{is_for_node, is_tagged};
use crate::context::Context;
use crate::model::Step;
use crate::packages::Call;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO645",
    name: "npm-moving-tag",
    aliases: &[],
    severity: Severity::Info,
    summary: "npm or its like installs a package by a tag that moves",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("npm_moving_tag.rs"),
};

fn check(_context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    if !is_for_node(call) {
        return;
    }
    let packages = call.packages(step);
    if let Some(package) = packages.iter().find(|package| package.is_loose() && is_tagged(&package.text)) {
        let name = package.name();
        sink.report(
            call.run.place_of_arg(package.arg),
            format!("`{}` is another version with each release", package.text),
        )
        .help(format!("write `{name}@<version>`"));
    }
}
