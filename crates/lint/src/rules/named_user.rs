//! # named-user
//!
//! ## What it does
//! Finds `USER` with a name. One for some steps of a build only, which another one follows or whose stage is not
//! shipped, does no harm and is passed over; `root` is what the rule `root-user` is for. Whoever builds can give an
//! argument a number, as in `USER $APP_USER`.
//!
//! ## Why
//! Kubernetes can tell from a number alone that a container does not run as root (`runAsNonRoot`).
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! RUN useradd --uid 1000 app
//! USER app
//! ```
//! ```dockerfile,fixed
//! FROM debian:12
//! RUN useradd --uid 1000 app
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! ARG APP_USER=app
//! USER $APP_USER
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM registry.example.com/base:1
//! USER root
//! RUN setup
//! USER 1000
//! ```

use facts::{Effect, Safety, Severity};
use kit::Edit;
use syntax::{Keyword, Statement};

use super::variable_user::is_argument;
use crate::context::Context;
use crate::model::{RunCommand, Step};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO510",
    name: "named-user",
    aliases: &["DL3066"],
    severity: Severity::Info,
    summary: "USER is not a number",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("named_user.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(Statement::User(user)) = step.statement else { return };
    if is_for_steps_only(context, step) {
        return;
    }
    let Some(text) = step.expand(&user.value) else { return };
    let name = text.split(':').next().unwrap_or_default().trim();
    // Users of Windows have no numbers.
    if matches!(name, "ContainerAdministrator" | "ContainerUser") {
        return;
    }
    // A number does not make root somebody else, and the rule `root-user` finds it; not in a part of a file, though.
    if name == "root" && !is_trigger(step) && !is_part(context, step) {
        return;
    }
    if name.is_empty() || name.bytes().all(|byte| byte.is_ascii_digit()) {
        return;
    }
    if is_argument(context, step, &user.value) {
        return;
    }
    let draft = sink.report(user.range, format!("the user `{name}` is not a number"));
    match number(context, step, name).filter(|_| user.value == name) {
        Some(number) => draft
            .fix(
                format!("write `{number}`"),
                Safety::Safe,
                vec![Edit { range: user.range, replacement: number }],
            )
            .effects([Effect::Config("User")]),
        None => draft.help("use the number of the user, which the name can be looked up by in `/etc/passwd`"),
    };
}

fn is_trigger(step: &Step<'_>) -> bool {
    step.instruction.kind == Keyword::Onbuild
}

/// Whether a step stands in a part of a file, without its `FROM`.
fn is_part(context: &Context<'_>, step: &Step<'_>) -> bool {
    context.stages[step.stage].stage.from_instruction.is_none()
}

/// Whether no container is run as the user that a step sets.
fn is_for_steps_only(context: &Context<'_>, step: &Step<'_>) -> bool {
    let is_end = context.is_shipped(step.stage) || context.graph.users(step.stage).next().is_none();
    let chain = if context.is_shipped(step.stage) { context.image() } else { &[step.stage] };
    let mut later = chain.iter().flat_map(|stage| &context.stages[*stage].steps);
    let replaces =
        |other: &Step<'_>| other.index > step.index && matches!(other.statement, Some(Statement::User(_)));
    !is_trigger(step) && (!is_end || later.any(replaces))
}

/// The number that the file itself gives to a user.
fn number(context: &Context<'_>, step: &Step<'_>, name: &str) -> Option<String> {
    if name == "root" {
        return Some("0".to_owned());
    }
    let commands = || context.steps_before(step).filter_map(Step::run).flat_map(|run| &run.commands);
    let changes = |item: &RunCommand<'_>| {
        matches!(item.command.name(), "usermod" | "userdel" | "deluser")
            && item.command.args().iter().any(|word| word.text == name)
    };
    if commands().any(changes) {
        return None;
    }
    let mut made = commands().filter_map(|item| {
        let command = &item.command;
        let makes = matches!(command.name(), "useradd" | "adduser")
            && command.args().iter().any(|word| word.text == name);
        let value = makes.then(|| command.value(&["-u", "--uid"])).flatten()?.0;
        (!value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit())).then(|| value.to_owned())
    });
    made.next()
}
