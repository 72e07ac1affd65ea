//! # image-waste
//!
//! ## What it asks for
//! The image has no caches and removed files in its layers.
//!
//! ## Why
//! What a layer has stays in the image, whatever later layers remove.

use crate::item::{Item, Source};

pub(crate) static ITEM: Item = Item {
    name: "image-waste",
    number: "COOPER 3",
    title: "has no caches and removed files in its layers",
    decided_by: &[Source::Image, Source::Dockerfile],
    against: &[
        "package-cache",
        "removed-in-later-layer",
        "apt-lists-kept",
        "apk-cache-kept",
        "dnf-cache-kept",
        "yum-cache-kept",
        "pip-cache-kept",
    ],
    by_hand: "",
    source: include_str!("image_waste.rs"),
};
