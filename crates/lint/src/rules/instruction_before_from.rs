//! # instruction-before-from
//!
//! ## What it does
//! Finds instructions other than `ARG` before the first `FROM`.
//!
//! ## Why
//! There is no image yet that they could be applied to. The build fails. This rule cannot be switched off by a
//! comment.
//!
//! A file that has no `FROM` at all, as parts and templates of Dockerfiles are, has one such finding; the other rules
//! read it as a stage on an image that is not known.
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
use syntax::{Instruction, Keyword};

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
    let is_part = context.graph.stages.first().is_some_and(|stage| stage.from_instruction.is_none());
    let mut early: Vec<&Instruction> = before
        .filter(|instruction| instruction.kind != Keyword::Unknown)
        .filter(|instruction| is_part || instruction.kind != Keyword::Arg)
        .collect();
    // In a part, the one that others find, too.
    early.sort_by_key(|instruction| is_part && instruction.kind == Keyword::Arg);
    for instruction in early.into_iter().take(if is_part { 1 } else { usize::MAX }) {
        let name = instruction.kind.name();
        let message = if is_part {
            "the file has no `FROM`".to_owned()
        } else {
            format!("`{name}` stands before the first `FROM`")
        };
        let draft = sink
            .report(instruction.keyword, message)
            .help("begin the file with `FROM <image>`; only `ARG` can stand before it");
        // Others have nothing against it.
        if instruction.kind == Keyword::Arg {
            draft.aliases([]);
        }
    }
}
