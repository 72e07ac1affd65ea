//! # cis-4-05
//!
//! ## What it asks for
//! Signatures are checked.
//!
//! ## Why
//! Docker's content trust, which the benchmark names, is gone; what it asks for is that an image is signed and that who runs it
//! checks that: `cooper sign`, `cooper verify`.

use crate::item::{Item, Source};

pub(crate) static ITEM: Item = Item {
    name: "cis-4-05",
    number: "CIS 4.5",
    title: "signatures are checked",
    decided_by: &[Source::Image],
    against: &["unsigned-image"],
    by_hand: "",
    source: include_str!("cis_4_05.rs"),
};
