//! # root-user
//!
//! ## What it does
//! Finds images that run as root: the last `USER` of the stage that is shipped, or of the stages it is built on, is
//! root (a warning), or there is no `USER` and the base image is known to run as root (information).
//!
//! ## Why
//! A process that breaks out of a container that runs as root is root outside, unless user namespaces stand between,
//! and inside it can change everything.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim AS base
//! RUN useradd --uid 10001 app
//! USER 10001
//! FROM base
//! USER root
//! RUN apt-get update && apt-get install -y tini
//! ENTRYPOINT ["tini", "--", "/app"]
//! ```
//! ```dockerfile,bad
//! FROM debian:12-slim
//! CMD ["/app"]
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! USER root
//! RUN apt-get update && apt-get install -y tini
//! USER 10001
//! ENTRYPOINT ["tini", "--", "/app"]
//! ```

use facts::Severity;
use kit::TextRange;
use stage::Base;
use syntax::{Keyword, Statement};

use super::user_set_in_other_stage::forgotten_user;
use crate::context::Context;
use crate::known::runs_as_root;
use crate::model::{StageModel, User};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO501",
    name: "root-user",
    aliases: &[
        "DL3002",
        "DS-0002",
        "CKV_DOCKER_3",
        "CKV_DOCKER_8",
        "CIS-DI-0001",
        "last-user-is-root",
        "missing-user",
    ],
    severity: Severity::Warning,
    summary: "the image runs as root",
    enabled: true,
    check: Check::File(check),
    source: include_str!("root_user.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let Some(target) = context.target() else { return };
    match target.user {
        User::Root(range) => {
            let draft =
                sink.report(range, "the image runs as root").help("switch back with `USER` as the last step");
            let draft =
                draft.aliases(["DL3002", "DS-0002", "CKV_DOCKER_8", "CIS-DI-0001", "last-user-is-root"]);
            if let Some(earlier) = other_user(context) {
                draft.related(earlier, "another user was set here");
            }
        }
        User::Base
            if is_program(target)
                && is_root_base(context, target)
                && forgotten_user(context, target).is_none() =>
        {
            sink.report(target.stage.base_range, "no `USER` is set, so the image runs as root")
                .severity(Severity::Info)
                .aliases(["DS-0002", "CKV_DOCKER_3", "CIS-DI-0001", "missing-user"])
                .help(
                    "add `USER` with a number, for example `USER 65532`, after the last step that needs root",
                );
        }
        _ => {}
    }
}

/// Whether the image is made to be run: without a command it is a base for others, which set the user.
fn is_program(target: &StageModel<'_>) -> bool {
    target.steps.iter().any(|step| matches!(step.instruction.kind, Keyword::Cmd | Keyword::Entrypoint))
}

fn is_root_base(context: &Context<'_>, target: &StageModel<'_>) -> bool {
    match context.graph.root_base(target.index) {
        Some(Base::Scratch) => true,
        _ => {
            context.root_image(target.index).is_some_and(|(image, tag)| runs_as_root(&image, tag.as_deref()))
        }
    }
}

/// Where the image has a user that is not root before it has root.
fn other_user(context: &Context<'_>) -> Option<TextRange> {
    let steps = context.image().iter().flat_map(|stage| &context.stages[*stage].steps);
    let users = steps.filter_map(|step| match step.statement {
        Some(Statement::User(user)) => Some((step, user)),
        _ => None,
    });
    let mut other = users.filter(|(step, user)| {
        let name = step.expand(&user.value);
        name.is_some_and(|name| !matches!(name.split(':').next(), Some("root" | "0")))
    });
    other.next_back().map(|(_, user)| user.range)
}
