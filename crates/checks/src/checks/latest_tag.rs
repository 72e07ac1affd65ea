//! # latest-tag
//!
//! ## What it does
//! Finds images that were asked for by the tag `latest`, or by none.
//!
//! ## Why
//! What the name means changes with the next push: nobody can say which image runs, nor go back to it.
//!
//! ## Example
//! ```image,bad
//! config: {}
//! name: registry.example.com/app
//! ```
//! ```image,bad
//! config: {}
//! name: app:latest
//! ```
//! ```image,good
//! config: {}
//! name: app:1.2
//! ```
//! ```image,good
//! config: {}
//! ```
//! ```image,good
//! config: {}
//! name: app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
//! ```

use facts::Severity;

use crate::check::{Check, Sink};
use crate::model::Image;

pub(crate) static CHECK: Check = Check {
    code: "IM013",
    name: "latest-tag",
    aliases: &["DKL-DI-0006"],
    severity: Severity::Info,
    summary: "the image is called latest",
    run,
    source: include_str!("latest_tag.rs"),
};

fn run(image: &Image<'_>, sink: &mut Sink) {
    let Some(name) = image.name else { return };
    if name.contains('@') {
        return;
    }
    let last = name.rsplit('/').next().unwrap_or(name);
    match last.split_once(':') {
        None => sink.config("name", "the image was asked for without a tag"),
        Some((_, "latest")) => sink.config("name", "the tag is `latest`"),
        Some(_) => {}
    }
}
