//! # instruction-before-from
//!
//! ## What it does
//! Finds instructions other than `ARG` before the first `FROM`.
//!
//! ## Why
//! There is no image yet that they could be applied to. The build fails. This rule cannot be switched off by a
//! comment.
//!
//! ## Example
//! ```dockerfile,bad
//! LABEL version=1
//! FROM debian:12
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! LABEL version=1
//! USER 1000
//! ```

use facts::Severity;
use syntax::Keyword;

use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO004",
    name: "instruction-before-from",
    aliases: &["DL3061", "from_first", "NO_SOURCE_IMAGE"],
    severity: Severity::Error,
    summary: "an instruction stands before the first FROM",
    enabled: true,
    check: Check::File(check),
    source: include_str!("instruction_before_from.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let before = context.parse.instructions().take_while(|instruction| instruction.kind != Keyword::From);
    for instruction in
        before.filter(|instruction| !matches!(instruction.kind, Keyword::Arg | Keyword::Unknown))
    {
        let name = instruction.kind.name();
        sink.report(instruction.keyword, format!("`{name}` stands before the first `FROM`"))
            .help("begin the file with `FROM <image>`; only `ARG` can stand before it");
    }
}
