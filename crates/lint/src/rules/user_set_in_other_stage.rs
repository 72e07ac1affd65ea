//! # user-set-in-other-stage
//!
//! ## What it does
//! Finds images without a `USER` of their own that copy from a stage which ends as a user that is not root.
//!
//! ## Why
//! A copy takes files along, not the user: the image runs as root although somebody took care that it does not. Checkers
//! that look for any `USER` in the file are content.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM node:22-slim AS build
//! WORKDIR /app
//! USER node
//! RUN npm ci && npm run build
//! FROM node:22-slim
//! WORKDIR /app
//! COPY --from=build /app ./
//! CMD ["node", "dist/main.js"]
//! ```
//! ```dockerfile,good
//! FROM node:22-slim AS build
//! WORKDIR /app
//! USER node
//! RUN npm ci && npm run build
//! FROM node:22-slim
//! WORKDIR /app
//! COPY --from=build /app ./
//! USER node
//! CMD ["node", "dist/main.js"]
//! ```

use facts::Severity;
use kit::TextRange;
use stage::{Base, EdgeKind};

use crate::context::Context;
use crate::known::runs_as_root;
use crate::model::{StageModel, User};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO502",
    name: "user-set-in-other-stage",
    aliases: &[],
    severity: Severity::Warning,
    summary: "a user is set in a build stage but not in the image",
    enabled: true,
    check: Check::File(check),
    source: include_str!("user_set_in_other_stage.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let Some(target) = context.target() else { return };
    if let Some(user) = forgotten_user(context, target) {
        sink.report(target.stage.base_range, "the image runs as root: only a build stage sets a user")
            .related(user, "this user ends with its stage")
            .help("create the user in this stage and add `USER`, or use a number: `USER 65532`");
    }
}

/// The user of a stage that the image copies from, when the image itself has none and its base runs as root.
pub(super) fn forgotten_user(context: &Context<'_>, target: &StageModel<'_>) -> Option<TextRange> {
    let root = match context.graph.root_base(target.index)? {
        Base::Scratch => true,
        _ => {
            context.root_image(target.index).is_some_and(|(image, tag)| runs_as_root(&image, tag.as_deref()))
        }
    };
    if target.user != User::Base || !root {
        return None;
    }
    let copies =
        context.graph.edges.iter().filter(|edge| edge.to == target.index && edge.kind == EdgeKind::Copy);
    copies.into_iter().find_map(|edge| match context.stages[edge.from].user {
        User::Other(range) => Some(range),
        _ => None,
    })
}
