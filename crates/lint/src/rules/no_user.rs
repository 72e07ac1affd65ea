//! # no-user
//!
//! ## What it does
//! Finds images without `USER` whose base runs as root.
//!
//! ## Why
//! Who breaks out of the program is root in the container, and one mistake away from being root on the host.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! CMD ["app"]
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! USER 1000
//! CMD ["app"]
//! ```

use facts::Severity;
use stage::Base;

use super::user_set_in_other_stage::forgotten_user;
use crate::context::Context;
use crate::known::runs_as_root;
use crate::model::{StageModel, User};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO503",
    name: "no-user",
    aliases: &[
        "DS-0002",
        "CKV_DOCKER_3",
        "CIS-DI-0001",
        "missing-user",
        "missing-user-entrypoint",
        "missing_user_instruction",
        "S6471",
    ],
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
        sink.report(target.stage.base_range, "no `USER` is set, so the image runs as root")
            .help("add `USER` with a number, for example `USER 65532`, after the last step that needs root");
    }
}

pub(super) fn is_root_base(context: &Context<'_>, target: &StageModel<'_>) -> bool {
    match context.graph.root_base(target.index) {
        Some(Base::Scratch) => true,
        _ => {
            context.root_image(target.index).is_some_and(|(image, tag)| runs_as_root(&image, tag.as_deref()))
        }
    }
}
