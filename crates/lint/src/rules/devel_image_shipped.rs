//! # devel-image-shipped
//!
//! ## What it does
//! Finds final stages on images of CUDA with compilers and headers.
//!
//! ## Why
//! The runtime image is smaller by gigabytes.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM nvidia/cuda:12.4.1-devel-ubuntu22.04
//! USER 1000
//! CMD ["app"]
//! ```
//! ```dockerfile,good
//! FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04
//! USER 1000
//! CMD ["app"]
//! ```

use facts::Severity;
use syntax::Keyword;

use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO217",
    name: "devel-image-shipped",
    aliases: &["gpu/prefer-runtime-final-stage"],
    severity: Severity::Warning,
    summary: "the image is built on a development image of CUDA",
    enabled: true,
    check: Check::File(check),
    source: include_str!("devel_image_shipped.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let Some(target) = context.target() else { return };
    let Some((image, Some(tag))) = context.root_image(target.index) else { return };
    // An image without a command is one to build with, or on.
    let is_program =
        target.steps.iter().any(|step| matches!(step.instruction.kind, Keyword::Cmd | Keyword::Entrypoint));
    if image.ends_with("nvidia/cuda") && tag.contains("devel") && is_program {
        sink.report(
            target.stage.base_range,
            format!("the image has the compilers and headers of `{image}:{tag}`"),
        )
        .help("build in a stage on it, and copy the result to the variant `runtime` or `base`");
    }
}
