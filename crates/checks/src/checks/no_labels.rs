//! # no-labels
//!
//! ## What it does
//! Finds images without the labels `org.opencontainers.image.source` and `org.opencontainers.image.revision`.
//!
//! ## Why
//! Who finds the image running somewhere cannot find its sources.
//!
//! ## Example
//! ```image,bad
//! config: {}
//! ```
//! ```image,good
//! config: {"Labels":{"org.opencontainers.image.source":"https://example.com/app","org.opencontainers.image.revision":"0123abc"}}
//! ```

use facts::Severity;

use crate::check::{Check, Sink};
use crate::model::Image;

pub(crate) static CHECK: Check = Check {
    code: "IM018",
    name: "no-labels",
    aliases: &[],
    severity: Severity::Style,
    summary: "the image does not say what it was made of",
    run,
    source: include_str!("no_labels.rs"),
};

fn run(image: &Image<'_>, sink: &mut Sink) {
    let labels = &image.config.config.labels;
    for name in ["org.opencontainers.image.source", "org.opencontainers.image.revision"] {
        if labels.get(name).is_none_or(String::is_empty) {
            sink.config("Labels", format!("there is no label `{name}`"));
        }
    }
}
