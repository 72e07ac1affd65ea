//! # latest-image
//!
//! ## What it does
//! Finds base images, and images that are copied from, with the tag `latest` and no digest.
//!
//! ## Why
//! The tag is another image tomorrow: the build is not repeatable, and a new major version breaks it some day.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:latest
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! USER 1000
//! ```

use facts::Severity;

use super::untagged_image::images;
use stage::Base;

use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO302",
    name: "latest-image",
    aliases: &[
        "DL3007",
        "DKL-DI-0006",
        "avoid-latest-version",
        "DS-0001",
        "CKV_DOCKER_7",
        "S6596",
        "image_version_using_latest",
        "AC_DOCKER_0041",
        "latest_tag",
    ],
    severity: Severity::Warning,
    summary: "an image has the tag `latest`",
    enabled: true,
    check: Check::File(check),
    source: include_str!("latest_image.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (reference, range) in images(context) {
        if reference.tag() == Some("latest") && reference.digest().is_none() {
            let draft = sink
                .report(range, format!("the image `{}` changes over time", reference.familiar()))
                .help("name a version instead of `latest`, or pin the digest");
            // Other tools look at `FROM` alone.
            if context.graph.stages.iter().any(|stage| stage.base_range == range) {
                draft.unlike_hadolint(!range.slice(context.text()).contains("latest"));
            } else {
                draft.aliases([]);
            }
        }
    }
    // Of an image that a variable names, the tag can still be known, also when nothing sets the variable.
    for stage in &context.graph.stages {
        let written = match &stage.base {
            Base::Unknown { written, .. } => written,
            Base::Image { reference: None, .. } => stage.base_range.slice(context.text()),
            _ => continue,
        };
        if written.ends_with(":latest") {
            sink.report(stage.base_range, format!("the image `{written}` changes over time"))
                .help("name a version instead of `latest`, or pin the digest");
        }
    }
}
