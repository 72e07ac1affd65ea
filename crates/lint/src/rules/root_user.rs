//! # root-user
//!
//! ## What it does
//! Finds images that run as root: the last `USER` of the stage that is shipped, or of the stages it is built on, is
//! root. For images without `USER` there is the rule `no-user`.
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
//! ```dockerfile,good
//! FROM debian:12-slim
//! USER root
//! RUN apt-get update && apt-get install -y tini
//! USER 10001
//! ENTRYPOINT ["tini", "--", "/app"]
//! ```

use facts::Severity;
use kit::TextRange;
use syntax::Statement;

use crate::context::Context;
use crate::model::User;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO501",
    name: "root-user",
    aliases: &[
        "DL3002",
        "DS-0002",
        "CKV_DOCKER_8",
        "last-user-is-root",
        "last_user_is_root",
        "AC_DOCKER_0005",
        "root_user",
        "S6471",
        "DL3066",
    ],
    severity: Severity::Warning,
    summary: "the image runs as root",
    enabled: true,
    check: Check::File(check),
    source: include_str!("root_user.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    // What stands above a part of a file is not known.
    let Some(target) = context.target().filter(|target| target.stage.from_instruction.is_some()) else {
        return;
    };
    if let User::Root(range) = target.user {
        let draft =
            sink.report(range, "the image runs as root").help("switch back with `USER` as the last step");
        // By name it is no number, either, which needs no finding of its own.
        let named = range.slice(context.text()).starts_with("root");
        let draft = draft.aliases(RULE.aliases.iter().copied().filter(|alias| named || *alias != "DL3066"));
        let seen = range.slice(context.text()).starts_with(['r', '0']);
        let draft = draft.unlike_hadolint(!seen).unlike_checkov(range.slice(context.text()) != "root");
        if let Some(earlier) = other_user(context) {
            draft.related(earlier, "another user was set here");
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
