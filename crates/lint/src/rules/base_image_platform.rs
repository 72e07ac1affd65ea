//! # base-image-platform
//!
//! ## What it does
//! Finds base images that are for another platform than the one the stage is built for.
//!
//! ## Why
//! Their programs do not run, or run in an emulator that is slow, and the image says it is for a platform that it is not
//! for. `cooper lint` asks no registry; `cooper build --check` knows the images of the store, and asks for those of
//! stages that are for another platform than this machine.
//!
//! ## Example
//! ```dockerfile,bad,pinned
//! FROM --platform=linux/arm64 registry.example.com/tool:1.0
//! USER 1000
//! ```
//! ```dockerfile,good,pinned
//! FROM registry.example.com/tool:1.0
//! USER 1000
//! ```

use facts::Severity;
use image::Platform;
use stage::{Base, Value};

use crate::context::Context;
use crate::model::StageModel;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO316",
    name: "base-image-platform",
    aliases: &["InvalidBaseImagePlatform"],
    severity: Severity::Warning,
    summary: "a base image is for another platform than the stage",
    enabled: true,
    check: Check::Stage(check),
    source: include_str!("base_image_platform.rs"),
};

fn check(context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    let Base::Image { text, reference: Some(reference) } = &stage.stage.base else { return };
    let (Some(project), Some(wanted)) = (context.project(), wanted(context, stage)) else { return };
    let (Some(found), Some(line)) = (project.platform(reference, &wanted), context.line_of_from(stage))
    else {
        return;
    };
    if (&found.os, &found.architecture) == (&wanted.os, &wanted.architecture) {
        return;
    }
    let detail = format!(
        "Base image {text} was pulled with platform \"{found}\", expected \"{wanted}\" for current build"
    );
    sink.report(stage.stage.base_range, format!("the image is for `{found}`, and the stage for `{wanted}`"))
        .buildkit(context.parse, line, detail)
        .help("choose an image that is there for this platform, or another platform with `--platform`");
}

/// The platform that a stage is built for, where it is known.
fn wanted(context: &Context<'_>, stage: &StageModel<'_>) -> Option<Platform> {
    match &stage.stage.platform {
        None => Some(context.options.platform()),
        Some(Value::Known(text)) => text.parse().ok(),
        Some(Value::Unknown) => None,
    }
}
