//! # multiple-healthcheck
//!
//! ## What it does
//! Finds `HEALTHCHECK` that is followed by another one in the same stage.
//!
//! ## Why
//! Only the last one counts.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! HEALTHCHECK CMD ["app", "ping"]
//! HEALTHCHECK CMD ["app", "status"]
//! USER 1000
//! CMD ["app"]
//! ```
//! ```dockerfile,fixed
//! FROM debian:12
//! HEALTHCHECK CMD ["app", "status"]
//! USER 1000
//! CMD ["app"]
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! HEALTHCHECK CMD ["app", "status"]
//! USER 1000
//! CMD ["app"]
//! ```

use facts::Severity;
use syntax::Keyword;

use crate::context::Context;
use crate::model::StageModel;
use crate::repeated::report_repeated;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO809",
    name: "multiple-healthcheck",
    aliases: &["MultipleInstructionsDisallowed", "DL3012", "DS-0023", "MULTIPLE_INSTRUCTIONS"],
    severity: Severity::Warning,
    summary: "a stage has several HEALTHCHECK",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("multiple_healthcheck.rs"),
};

fn check(context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    report_repeated(context, stage, Keyword::Healthcheck, sink);
}
