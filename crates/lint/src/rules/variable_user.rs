//! # variable-user
//!
//! ## What it does
//! Finds `USER` with a variable whose value the file does not tell. Whoever builds can give an argument a number;
//! `$APP_UID` of the images of .NET and `$NB_UID` of those of Jupyter are known to be numbers.
//!
//! ## Why
//! Kubernetes can tell from a number alone that a container does not run as root.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! USER $APP_USER
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! ARG APP_USER
//! USER $APP_USER
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM mcr.microsoft.com/dotnet/aspnet:9.0
//! USER $APP_UID
//! ```

use facts::Severity;
use syntax::{Statement, variables};

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO522",
    name: "variable-user",
    aliases: &["DL3066"],
    severity: Severity::Style,
    summary: "USER is a variable that need not be a number",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("variable_user.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(Statement::User(user)) = step.statement else { return };
    let is_left_open =
        || !is_set_by_base(context, step, &user.value) && !is_argument(context, step, &user.value);
    if step.expand(&user.value).is_none() && is_left_open() {
        sink.report(user.range, format!("whether `{}` is a number cannot be told", user.value))
            .help("write the number, or declare an `ARG` that has it as its default");
    }
}

/// Whether it is a variable that the image below is known to set to a number.
fn is_set_by_base(context: &Context<'_>, step: &Step<'_>, user: &str) -> bool {
    let name = user.trim_matches(|letter| matches!(letter, '$' | '{' | '}'));
    let maker = match name {
        "APP_UID" => "dotnet",
        "NB_UID" => "jupyter",
        _ => return false,
    };
    let image = context.root_image(step.stage);
    user.starts_with('$') && image.is_some_and(|(image, _)| image.contains(maker))
}

/// Whether whoever builds decides on the user of a step: arguments above it stand in it.
pub(super) fn is_argument(context: &Context<'_>, step: &Step<'_>, user: &str) -> bool {
    let declared = |name: &str| {
        let above = context.items().take_while(|(item, _)| item.range.start < step.instruction.range.start);
        above.filter_map(|(_, statement)| statement).any(|statement| {
            matches!(statement, Statement::Arg(args) if args.iter().any(|arg| arg.key.value == name))
        })
    };
    variables(user, context.parse.escape()).iter().any(|variable| declared(&variable.name))
}
