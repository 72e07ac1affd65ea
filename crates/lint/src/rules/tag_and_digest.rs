//! # tag-and-digest
//!
//! ## What it does
//! Finds base images with both a tag and a digest.
//!
//! ## Why
//! The digest alone decides, and the tag beside it may say something else. Off by default, as the tag tells a reader
//! what the digest is.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
//! USER 1000
//! ```

use facts::Severity;
use stage::Base;

use crate::context::Context;
use crate::model::StageModel;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO309",
    name: "tag-and-digest",
    aliases: &["S8431"],
    severity: Severity::Style,
    summary: "an image has a tag and a digest",
    enabled: false,
    check: Check::Stage(check),
    source: include_str!("tag_and_digest.rs"),
};

fn check(_context: &Context<'_>, stage: &StageModel<'_>, sink: &mut Sink<'_>) {
    if let Base::Image { reference: Some(reference), .. } = &stage.stage.base
        && let (Some(tag), Some(_)) = (reference.tag(), reference.digest())
    {
        sink.report(stage.stage.base_range, format!("the tag `{tag}` has no effect beside the digest"));
    }
}
