//! # no-user
//!
//! ## What it does
//! Finds images without `USER` whose base runs as root.
//!
//! ## Why
//! Who breaks out of the program is root in the container, and one mistake away from being root on the host.
//!
//! The fix adds a user that owns nothing, behind the last step that may need root, to images with a program of their own.
//! What the program writes needs a directory that is its own.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! CMD ["app"]
//! ```
//! ```dockerfile,fixed
//! FROM debian:12
//! USER 65532
//! CMD ["app"]
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! USER 1000
//! CMD ["app"]
//! ```

use facts::{Effect, Safety, Severity};
use kit::Edit;
use stage::Base;
use syntax::{Keyword, Statement};

use super::user_set_in_other_stage::forgotten_user;
use crate::context::Context;
use crate::known::runs_as_root;
use crate::lines;
use crate::model::{StageModel, Step, User};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

/// What other tools call images without a user, whatever their base is known to do.
pub(super) const ALIASES: &[&str] = &[
    "DS-0002",
    "CKV_DOCKER_3",
    "CIS-DI-0001",
    "missing-user",
    "missing-user-entrypoint",
    "missing_user_instruction",
    "S6471",
];

pub(crate) static RULE: Rule = Rule {
    code: "CO503",
    name: "no-user",
    aliases: ALIASES,
    severity: Severity::Info,
    summary: "no user is set, so the image runs as root",
    enabled: true,
    check: Check::File(check),
    source: include_str!("no_user.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let Some(target) = context.target() else { return };
    let missing = target.user == User::Base && forgotten_user(context, target).is_none();
    if missing && is_root_base(context, target) {
        let draft = sink
            .report(target.stage.base_range, "no `USER` is set, so the image runs as root")
            .help("add `USER` with a number, for example `USER 65532`, after the last step that needs root")
            .unlike_checkov(context.steps().any(|step| step.instruction.kind == Keyword::User));
        if let Some(edit) = add_user(context, target) {
            draft
                .fix("run as a user that owns nothing", Safety::Unsafe, vec![edit])
                .effects([Effect::Config("User")]);
        }
    }
}

/// Sets a user behind the last step that may need root, where the image has a program of its own.
fn add_user(context: &Context<'_>, target: &StageModel<'_>) -> Option<Edit> {
    let starts =
        |step: &Step<'_>| matches!(step.statement, Some(Statement::Cmd(_) | Statement::Entrypoint(_)));
    let changes = |step: &&Step<'_>| step.run().is_some() || step.copy().is_some() || is_workdir(step);
    target.steps.iter().any(starts).then_some(())?;
    let range = match target.steps.iter().rfind(changes) {
        Some(last) => last.instruction.range,
        None => context.line_of_from(target)?.range,
    };
    Some(lines::add_below(context, range, "USER 65532"))
}

const fn is_workdir(step: &Step<'_>) -> bool {
    matches!(step.statement, Some(Statement::Workdir(_)))
}

pub(super) fn is_root_base(context: &Context<'_>, target: &StageModel<'_>) -> bool {
    match context.graph.root_base(target.index) {
        Some(Base::Scratch) => true,
        _ => {
            context.root_image(target.index).is_some_and(|(image, tag)| runs_as_root(&image, tag.as_deref()))
        }
    }
}
