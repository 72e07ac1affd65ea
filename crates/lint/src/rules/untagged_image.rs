//! # untagged-image
//!
//! ## What it does
//! Finds base images without a tag or digest.
//!
//! ## Why
//! It means `latest`, which is another image tomorrow: the build is not repeatable.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! USER 1000
//! ```

use facts::Severity;
use image::Reference;
use kit::TextRange;
use stage::{Base, Source, Stage};

use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO301",
    name: "untagged-image",
    aliases: &[
        "DL3006",
        "DS-0001",
        "CKV_DOCKER_7",
        "S6596",
        "missing-image-version",
        "image_version_not_explicit",
        "missing_tag",
        "no_tag",
    ],
    severity: Severity::Warning,
    summary: "an image has neither tag nor digest",
    enabled: true,
    check: Check::File(check),
    source: include_str!("untagged_image.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    // For what is copied from there is the rule `untagged-copy-source`.
    let bases = |range: &TextRange| context.graph.stages.iter().any(|stage| stage.base_range == *range);
    for (reference, range) in images(context).filter(|(_, range)| bases(range)) {
        if reference.tag().is_none() && reference.digest().is_none() {
            let name = reference.familiar();
            let written = range.slice(context.text());
            // Without a dot before it, what is behind the `:` of a port is a tag to hadolint.
            let host = written.split(':').next().filter(|host| host.len() < written.len());
            let tagged = host.is_some_and(|host| !host.contains('.'));
            sink.report(range, format!("the image `{name}` has no tag"))
                .help(format!("name a version, as in `{name}:<version>`, or pin the digest"))
                .unlike_checkov(written.contains(':'))
                .unlike_hadolint(tagged || written.starts_with('$'));
        }
    }
    for (stage, written) in context.graph.stages.iter().filter_map(|stage| Some((stage, untagged(stage)?))) {
        sink.report(stage.base_range, format!("the image `{written}` has no tag"))
            .help(format!("name a version, as in `{written}:<version>`, or pin the digest"))
            .unlike_hadolint(written.starts_with('$'));
    }
}

/// The name of an image of which only the registry or name space is a variable, and which has no tag.
fn untagged(stage: &Stage) -> Option<&str> {
    let Base::Unknown { written, .. } = &stage.base else { return None };
    let (space, name) = written.rsplit_once('/')?;
    let plain = |ch: char| ch.is_ascii_lowercase() || ch.is_ascii_digit() || matches!(ch, '.' | '_' | '-');
    (space.contains('$') && !name.is_empty() && name.chars().all(plain)).then_some(written)
}

/// The images that a file names, with their places. Names without a slash in `--from` may be misspelt stages; the rule
/// `copy-from-unknown-stage` looks after them.
pub(super) fn images<'a>(context: &'a Context<'_>) -> impl Iterator<Item = (&'a Reference, TextRange)> {
    let bases = context.graph.stages.iter().filter_map(|stage| match &stage.base {
        Base::Image { reference: Some(reference), .. } => Some((reference, stage.base_range)),
        _ => None,
    });
    let sources = context.graph.uses.iter().filter_map(|item| match &item.source {
        Source::Image(Some(reference)) if item.name.value.contains(['/', ':', '@']) => {
            Some((reference, item.name.range))
        }
        _ => None,
    });
    bases.chain(sources)
}
