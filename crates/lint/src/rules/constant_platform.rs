//! # constant-platform
//!
//! ## What it does
//! Finds `FROM --platform=` with a constant.
//!
//! ## Why
//! The stage is then of that platform whatever platform is asked for, and a build for several platforms gives the same
//! image for all. A stage whose name says which platform it is of is no finding.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM --platform=linux/amd64 debian:12
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM --platform=$BUILDPLATFORM debian:12
//! USER 1000
//! ```

use facts::Severity;
use image::Platform;

use crate::context::Context;
use crate::model::StageModel;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO307",
    name: "constant-platform",
    aliases: &[
        "FromPlatformFlagConstDisallowed",
        "DL3029",
        "using_platform_with_from",
        "avoid-platform-with-from",
        "AC_DOCKER_0001",
    ],
    severity: Severity::Warning,
    summary: "FROM has a fixed platform",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("constant_platform.rs"),
};

fn check(context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    let Some((from, platform)) =
        context.stage_from(stage).and_then(|from| Some((from, from.platform.as_ref()?)))
    else {
        return;
    };
    if is_constant(from) {
        let message = format!("the platform of the base image is the constant `{}`", platform.value);
        let Some(instruction) = context.line_of_from(stage) else { return };
        let detail = format!("FROM --platform flag should not use constant value {:?}", platform.value);
        sink.report(platform.range, message)
            .buildkit(context.parse, instruction, detail)
            .help("leave it out, or use `$BUILDPLATFORM` for a stage that compiles for other platforms");
    }
}

/// Whether the platform is a constant that the name of the stage does not say.
pub(super) fn is_constant(from: &syntax::From) -> bool {
    let platform = from.platform.as_ref().map_or("$", |platform| &platform.value);
    // What is no platform is refused anyway.
    !platform.contains('$')
        && platform.parse::<Platform>().is_ok()
        && !is_said(platform, from.stage_name().as_deref())
}

/// Whether the name of the stage says which platform it is of, as for stages among which one is chosen.
fn is_said(platform: &str, name: Option<&str>) -> bool {
    let (Some(name), Ok(platform)) = (name, platform.parse::<Platform>()) else { return false };
    name.contains(&platform.os) || name.contains(&platform.architecture)
}
