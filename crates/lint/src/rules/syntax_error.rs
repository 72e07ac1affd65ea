//! # syntax-error
//!
//! ## What it does
//! Reports what makes an instruction or the file unreadable: unknown instructions and flags, missing arguments,
//! heredocs without an end.
//!
//! ## Why
//! The file cannot be built, or not as it was meant. This rule cannot be switched off by a comment.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! RUNN echo hello
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! RUN echo hello
//! USER 1000
//! ```

use facts::Severity;
use syntax::Keyword;

use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO001",
    name: "syntax-error",
    aliases: &["DL1000"],
    severity: Severity::Error,
    summary: "the file or an instruction cannot be read",
    enabled: true,
    check: Check::File(check),
    source: include_str!("syntax_error.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let within = context.parse.instructions().zip(context.statements);
    // An unknown instruction is an error of the file already.
    let within = within.filter(|(instruction, _)| instruction.kind != Keyword::Unknown);
    let within = within.filter_map(|(_, statement)| statement.as_ref().err()).flatten();
    for error in context.parse.errors().iter().chain(within) {
        let draft = sink.report(error.range, error.message.clone());
        if let Some(help) = &error.help {
            draft.help(help.clone());
        }
    }
}
