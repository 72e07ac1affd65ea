//! # unpinned-image
//!
//! ## What it does
//! Finds base images, and images that are copied from, without a digest. Off unless it is asked for. `cooper fix --pin`
//! asks the registry for the digest and adds it.
//!
//! ## Why
//! A tag can be moved to another image at any time, by its owner or by an attacker. A digest cannot.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! USER 1000
//! ```
//! ```dockerfile,bad,pinned
//! FROM debian:12
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
//! USER 1000
//! ```

use facts::{Safety, Severity};
use image::Reference;
use kit::{Edit, TextRange};

use super::untagged_image::images;
use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO303",
    name: "unpinned-image",
    aliases: &["dockerfile-source-not-pinned", "not_pinned_digest", "S7023"],
    severity: Severity::Info,
    summary: "an image has no digest",
    enabled: false,
    check: Check::File(check),
    source: include_str!("unpinned_image.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (reference, range) in images(context) {
        if reference.digest().is_none() {
            let name = reference.familiar();
            let draft = sink
                .report(range, format!("the image `{name}` is not pinned by its digest"))
                .help(format!("write `{name}@sha256:…`"));
            if let Some(edit) = pin(context, reference, range) {
                draft.fix("add the digest that the tag has today", Safety::Safe, vec![edit]);
            }
        }
    }
}

/// Adds the digest, where the image is written without variables: one digest does not fit all their values.
fn pin(context: &Context<'_>, reference: &Reference, range: TextRange) -> Option<Edit> {
    let written = range.slice(context.text());
    if written.parse::<Reference>().ok().as_ref() != Some(reference) {
        return None;
    }
    let digest = context.project()?.digest(reference)?;
    let tag = if reference.tag().is_some() { "" } else { ":latest" };
    Some(Edit { range: TextRange::new(range.end, range.end), replacement: format!("{tag}@{digest}") })
}
