//! # multiple-entrypoint
//!
//! ## What it does
//! Finds `ENTRYPOINT` that is followed by another one in the same stage.
//!
//! ## Why
//! Only the last one counts.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! ENTRYPOINT ["app", "--test"]
//! USER 1000
//! ENTRYPOINT ["app"]
//! ```
//! ```dockerfile,fixed
//! FROM debian:12
//! USER 1000
//! ENTRYPOINT ["app"]
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! USER 1000
//! ENTRYPOINT ["app"]
//! ```

use facts::Severity;
use syntax::Keyword;

use crate::context::Context;
use crate::model::StageModel;
use crate::repeated::report_repeated;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO808",
    name: "multiple-entrypoint",
    aliases: &[
        "MultipleInstructionsDisallowed",
        "DL4004",
        "DS-0007",
        "S6589",
        "multiple-entrypoint-instructions",
        "multiple_entrypoint_instructions_listed",
        "MULTIPLE_INSTRUCTIONS",
    ],
    severity: Severity::Warning,
    summary: "a stage has several ENTRYPOINT",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("multiple_entrypoint.rs"),
};

fn check(context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    report_repeated(context, stage, Keyword::Entrypoint, sink);
}
