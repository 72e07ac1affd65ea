//! # cis-4-09
//!
//! ## What it asks for
//! The image copies with COPY.
//!
//! ## Why
//! ADD fetches and unpacks; COPY does what it says. ADD is right for archives and for addresses with a checksum.

use crate::item::{Item, Source};

pub(crate) static ITEM: Item = Item {
    name: "cis-4-09",
    number: "CIS 4.9",
    title: "copies with COPY",
    decided_by: &[Source::Image, Source::Dockerfile],
    against: &["add-instead-of-copy"],
    by_hand: "",
    source: include_str!("cis_4_09.rs"),
};
