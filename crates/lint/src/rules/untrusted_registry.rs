//! # untrusted-registry
//!
//! ## What it does
//! Finds images of registries that are not on the list of trusted ones, in `FROM`, `COPY --from` and mounts. The list is
//! `trusted-registries` in `cooper.toml`; without it nothing is reported. `*` stands for any part of a name.
//!
//! ## Why
//! An image is code that is run in the build and shipped with the result. Whoever controls its registry controls both.
//!
//! ## Example
//! With `trusted-registries = ["docker.io", "*.example.com"]`:
//! ```dockerfile,bad
//! FROM debian:12
//! COPY --from=registry.example.org/tools:1 /bin/tool /bin/
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! COPY --from=registry.example.com/tools:1 /bin/tool /bin/
//! USER 1000
//! ```

use facts::Severity;
use image::Reference;
use kit::TextRange;
use stage::{Base, Source};

use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO304",
    name: "untrusted-registry",
    aliases: &["DL3026", "specified_registry"],
    severity: Severity::Error,
    summary: "an image comes from a registry that is not trusted",
    enabled: true,
    check: Check::File(check),
    source: include_str!("untrusted_registry.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let trusted = &context.settings().trusted_registries;
    if trusted.is_empty() {
        return;
    }
    for (reference, range) in images(context) {
        let registry = reference.registry();
        if trusted.iter().any(|pattern| matches(pattern, registry)) {
            continue;
        }
        let message =
            format!("`{}` comes from `{registry}`, which is not a trusted registry", reference.familiar());
        sink.report(range, message).help(format!("use an image from {}", list(trusted)));
    }
}

/// The images that the file names, with their places.
fn images<'a>(context: &'a Context<'_>) -> impl Iterator<Item = (&'a Reference, TextRange)> {
    let bases = context.graph.stages.iter().filter_map(|stage| match &stage.base {
        Base::Image { reference: Some(reference), .. } => Some((reference, stage.base_range)),
        _ => None,
    });
    let sources = context.graph.uses.iter().filter_map(|item| match &item.source {
        Source::Image(Some(reference)) => Some((reference, item.name.range)),
        _ => None,
    });
    bases.chain(sources)
}

fn matches(pattern: &str, registry: &str) -> bool {
    // A registry has no slash, so that `*` stands for any part of it.
    syntax::glob_match(pattern, registry).unwrap_or(false)
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
