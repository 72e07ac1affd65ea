//! # image-labels
//!
//! ## What it asks for
//! The image says where it comes from.
//!
//! ## Why
//! Labels `org.opencontainers.image.*` lead from an image to its source, its revision and its licence.

use crate::item::{Item, Source};

pub(crate) static ITEM: Item = Item {
    name: "image-labels",
    number: "COOPER 1",
    title: "says where it comes from",
    decided_by: &[Source::Image],
    against: &["no-labels"],
    by_hand: "",
    source: include_str!("image_labels.rs"),
};
