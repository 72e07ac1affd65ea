//! # user-left-to-base
//!
//! ## What it does
//! Finds images without `USER` whose base is not known to run as root, where the file says what containers do: by
//! `CMD`, `ENTRYPOINT` or `EXPOSE`, or by a base that is a server; and in files of at most four lines on a base without a
//! name space, which say nothing of it. For all others there is the rule `base-user-kept`.
//!
//! ## Why
//! It may be root, now or with the next version of the base, and only a number lets Kubernetes tell that it is not.
//! Bases whose names say that they have a user, or that they are of Windows, are passed over.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM registry.example.com/base:1.0
//! CMD ["app"]
//! ```
//! ```dockerfile,good
//! FROM registry.example.com/base:1.0
//! USER 1000
//! CMD ["app"]
//! ```

use facts::Severity;
use syntax::Keyword;

use super::no_user::{self, is_root_base};
use super::user_set_in_other_stage::forgotten_user;
use crate::context::Context;
use crate::known::{is_rootless, is_windows};
use crate::model::{StageModel, User};
use crate::rule::{Check, Rule};
use crate::service::{is_sketch, is_to_be_run};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO504",
    name: "user-left-to-base",
    aliases: no_user::ALIASES,
    severity: Severity::Info,
    summary: "the user of the image is that of its base",
    enabled: true,
    check: Check::File(check),
    source: include_str!("user_left_to_base.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    if is_to_be_run(context) || is_sketch(context) {
        report(context, sink);
    }
}

pub(super) fn report(context: &Context<'_>, sink: &mut Sink<'_>) {
    let Some(target) = context.target() else { return };
    let missing = target.user == User::Base && forgotten_user(context, target).is_none();
    let is_whole = target.stage.from_instruction.is_some();
    if is_whole && missing && !is_root_base(context, target) && !is_no_matter(context, target) {
        sink.report(target.stage.base_range, "no `USER` is set: the image runs as the user of its base")
            .help("add `USER` with a number")
            .unlike_checkov(context.steps().any(|step| step.instruction.kind == Keyword::User));
    }
}

/// Whether the name of the base tells that it has a user that is not root, or users without numbers.
fn is_no_matter(context: &Context<'_>, target: &StageModel<'_>) -> bool {
    context
        .root_image(target.index)
        .is_some_and(|(image, tag)| is_rootless(&image, tag.as_deref()) || is_windows(&image, tag.as_deref()))
}
