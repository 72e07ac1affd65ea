//! # variable-platform
//!
//! ## What it does
//! Finds `FROM --platform=` with other variables than `$BUILDPLATFORM` and `$TARGETPLATFORM`, and constants in stages
//! whose name says which platform they are of.
//!
//! ## Why
//! The stage may be of another platform than the image that is asked for. Where that is meant, a comment can say so.
//!
//! ## Example
//! ```dockerfile,bad
//! ARG PLATFORM=linux/amd64
//! FROM --platform=$PLATFORM debian:12
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM --platform=$BUILDPLATFORM debian:12
//! USER 1000
//! ```

use facts::Severity;
use syntax::variables;

use super::constant_platform::is_constant;
use crate::context::Context;
use crate::model::StageModel;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO315",
    name: "variable-platform",
    aliases: &["DL3029", "using_platform_with_from", "avoid-platform-with-from"],
    severity: Severity::Style,
    summary: "FROM has a platform of its own",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("variable_platform.rs"),
};

fn check(context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    let Some((from, platform)) =
        context.stage_from(stage).and_then(|from| Some((from, from.platform.as_ref()?)))
    else {
        return;
    };
    let usual = ["BUILDPLATFORM", "TARGETPLATFORM"];
    let mut names = variables(&platform.value, context.parse.escape()).into_iter();
    if !is_constant(from) && !names.any(|variable| usual.contains(&variable.name.as_str())) {
        sink.report(platform.range, format!("the platform of the base image is `{}`", platform.value))
            .help("use `$BUILDPLATFORM`, or leave it out");
    }
}
