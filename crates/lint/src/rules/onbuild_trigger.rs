//! # onbuild-trigger
//!
//! ## What it does
//! Finds `ONBUILD` with `ONBUILD`, `FROM` or `MAINTAINER`.
//!
//! ## Why
//! The build fails.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! ONBUILD FROM debian:11
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! ONBUILD RUN make -C /src
//! USER 1000
//! ```

use facts::Severity;
use syntax::Keyword;

use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO825",
    name: "onbuild-trigger",
    aliases: &[
        "DL3043",
        "ONBUILD_TRIGGER_DISALLOWED",
        "ONBUILD_CHAINING_DISALLOWED",
        "invalid-onbuild-trigger",
    ],
    severity: Severity::Error,
    summary: "ONBUILD with an instruction that it cannot have",
    enabled: true,
    check: Check::File(check),
    source: include_str!("onbuild_trigger.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for instruction in context.parse.instructions().filter(|instruction| instruction.kind == Keyword::Onbuild)
    {
        let line = instruction.original(context.parse);
        let word = line.split_whitespace().nth(1).unwrap_or_default();
        if matches!(Keyword::of(word), Keyword::Onbuild | Keyword::From | Keyword::Maintainer) {
            sink.report(
                instruction.keyword,
                format!("`ONBUILD` cannot have `{}`", word.to_ascii_uppercase()),
            );
        }
    }
}
