//! # node-package-unpinned
//!
//! ## What it does
//! Finds packages that `yarn add`, `pnpm add`, `bun add`, `npm i` or `npm add` gets by name alone or from the head of a
//! repository. For `npm install`, which other tools look at, there is the rule `npm-version-unpinned`.
//!
//! ## Why
//! The build takes the version that is newest on its day: the image is another one with each release, and a release
//! that breaks, or is taken over by an attacker, gets in unseen.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM node:22-slim
//! RUN yarn global add serve && yarn cache clean
//! USER node
//! ```
//! ```dockerfile,bad
//! FROM node:22-slim
//! RUN npm i -g serve && npm cache clean --force
//! USER node
//! ```
//! ```dockerfile,good
//! FROM node:22-slim
//! RUN yarn global add serve@14.2.4 && yarn cache clean
//! USER node
//! ```

use facts::Severity;

use super::npm_version_unpinned::{is_for_node, is_tagged};
use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, report_loose_if};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO646",
    name: "node-package-unpinned",
    aliases: &[],
    severity: Severity::Warning,
    summary: "yarn, pnpm, bun or `npm i` installs a package without a version",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("node_package_unpinned.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    let is_other = call.manager().name != "npm" || !call.says("install");
    if is_for_node(call) && is_other {
        report_loose_if(context, step, call, sink, |package| !is_tagged(&package.text));
    }
}
