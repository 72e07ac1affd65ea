//! # named-user-without-passwd
//!
//! ## What it does
//! Finds `USER` and `--chown` with a name in stages on `scratch` to which no `/etc/passwd` has been copied.
//!
//! ## Why
//! There is nothing to look the name up in: the container does not start, or the build fails.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM scratch
//! COPY app /app
//! USER app
//! ENTRYPOINT ["/app"]
//! ```
//! ```dockerfile,good
//! FROM scratch
//! COPY app /app
//! USER 65532
//! ENTRYPOINT ["/app"]
//! ```

use facts::Severity;
use stage::Base;
use syntax::Statement;

use crate::context::Context;
use crate::model::StageModel;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO519",
    name: "named-user-without-passwd",
    aliases: &["named-identity-in-passwdless-stage"],
    severity: Severity::Warning,
    summary: "a user is named in an image without users",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("named_user_without_passwd.rs"),
};

fn check(context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    if context.graph.root_base(stage.index) != Some(&Base::Scratch) || may_have_users(context, stage) {
        return;
    }
    for step in &stage.steps {
        let word = match step.statement {
            Some(Statement::User(user)) => Some(user),
            _ => step.copy_statement().and_then(|copy| copy.chown.as_ref()),
        };
        let Some((word, owner)) = word.and_then(|word| Some((word, step.expand(&word.value)?))) else {
            continue;
        };
        let name = owner.split(':').next().unwrap_or_default();
        if name.is_empty() || name == "root" || name.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        sink.report(word.range, format!("there is no `/etc/passwd` in which `{name}` could be looked up"))
            .help("use a number");
    }
}

/// Whether something that is copied or run may bring an `/etc/passwd`.
fn may_have_users(context: &Context<'_>, stage: &StageModel<'_>) -> bool {
    let chain = context.chain(stage.index);
    let mut steps = chain.iter().flat_map(|stage| &context.stages[*stage].steps);
    steps.any(|step| match step.statement {
        Some(Statement::Add(_) | Statement::Run(_)) => true,
        _ => step.copy().is_some_and(|copy| copy.may_create("/etc/passwd")),
    })
}
