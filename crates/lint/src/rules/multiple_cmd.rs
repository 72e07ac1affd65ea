//! # multiple-cmd
//!
//! ## What it does
//! Finds `CMD` that is followed by another one in the same stage.
//!
//! ## Why
//! Only the last one counts.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! CMD ["app", "--test"]
//! USER 1000
//! CMD ["app"]
//! ```
//! ```dockerfile,fixed
//! FROM debian:12
//! USER 1000
//! CMD ["app"]
//! ```
//! ```dockerfile,good
//! FROM debian:12
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
    code: "CO807",
    name: "multiple-cmd",
    aliases: &[
        "MultipleInstructionsDisallowed",
        "DL4003",
        "DS-0016",
        "S6589",
        "multiple-cmd-instructions",
        "multiple_cmd_instructions_listed",
        "AC_DOCKER_0053",
        "MULTIPLE_INSTRUCTIONS",
    ],
    severity: Severity::Warning,
    summary: "a stage has several CMD",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("multiple_cmd.rs"),
};

fn check(context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    report_repeated(context, stage, Keyword::Cmd, sink);
}
