//! # definition-description
//!
//! ## What it does
//! Finds comments above `ARG` and `FROM … AS`, with blank lines between or not, that do not begin with the name that is
//! defined. An empty comment (`#`) below a comment keeps it apart.
//!
//! ## Why
//! `docker build --call=outline` shows such comments as descriptions when they have the form `# name description`. Off
//! by default, as not every comment is meant so.
//!
//! ## Example
//! ```dockerfile,bad
//! # the release to build
//! ARG VERSION=12
//! FROM debian:$VERSION
//! USER 1000
//! ```
//! ```dockerfile,good
//! # VERSION is the release to build
//! ARG VERSION=12
//! FROM debian:$VERSION
//! USER 1000
//! ```

use facts::Severity;
use syntax::Statement;

use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO816",
    name: "definition-description",
    aliases: &["InvalidDefinitionDescription"],
    severity: Severity::Warning,
    summary: "the comment above an ARG or FROM does not describe it",
    enabled: false,
    check: Check::File(check),
    source: include_str!("definition_description.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (instruction, statement) in context.items() {
        let names: Vec<&str> = match statement {
            Some(Statement::Arg(args)) => args.iter().map(|arg| arg.key.value.as_str()).collect(),
            Some(Statement::From(from)) => from.name.iter().map(|name| name.value.as_str()).collect(),
            _ => continue,
        };
        let comments = instruction.comments_before(context.parse);
        let (Some(last), Some(first)) = (comments.last(), names.first()) else { continue };
        if last.value.is_empty() || names.contains(&last.value.split(' ').next().unwrap_or_default()) {
            continue;
        }
        let example = if names.len() > 1 { "<name>" } else { first };
        let message = format!(
            "a comment above `{}` should have the form `# {example} <description>`",
            instruction.kind.name()
        );
        let theirs = match statement {
            Some(Statement::Arg(_)) if names.len() > 1 => "<arg_key>",
            _ => first,
        };
        let detail = format!(
            "Comment for {} should follow the format: `# {theirs} <description>`",
            instruction.kind.name()
        );
        sink.report(instruction.range, message)
            .buildkit_at(instruction.range, detail)
            .help("an empty comment (`#`) below the comment keeps it apart")
            .related(last.range, "the comment");
    }
}
