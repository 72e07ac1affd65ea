//! # refused-instruction
//!
//! ## What it does
//! Reports instructions that can be read but not carried out: ports that are none, unknown signals, mounts without a
//! target, `COPY` of a URL, variables that are required and not set.
//!
//! ## Why
//! The build fails when it gets there. What depends on variables of the base image is not reported. This rule cannot be
//! switched off by a comment.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! EXPOSE http
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! EXPOSE 80
//! USER 1000
//! ```

use facts::Severity;

use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO003",
    name: "refused-instruction",
    aliases: &[],
    severity: Severity::Error,
    summary: "an instruction cannot be carried out",
    enabled: true,
    check: Check::File(check),
    source: include_str!("refused_instruction.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for problem in &context.refused {
        let draft = sink.report(problem.range, problem.message.clone());
        if let Some(help) = &problem.help {
            draft.help(help.clone());
        }
    }
}
