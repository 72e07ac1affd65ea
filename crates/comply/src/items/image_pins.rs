//! # image-pins
//!
//! ## What it asks for
//! The image begins with images by digest.
//!
//! ## Why
//! A tag moves; a digest does not. `cooper lock` writes down digests, and `cooper build --locked` uses no others.

use crate::item::{Item, Source};

pub(crate) static ITEM: Item = Item {
    name: "image-pins",
    number: "COOPER 2",
    title: "begins with images by digest",
    decided_by: &[Source::Dockerfile],
    against: &["unpinned-image", "latest-image", "untagged-image"],
    by_hand: "",
    source: include_str!("image_pins.rs"),
};
