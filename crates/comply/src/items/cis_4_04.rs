//! # cis-4-04
//!
//! ## What it asks for
//! The image is scanned, and made anew with fixes.
//!
//! ## Why
//! Flaws become known after an image was built. What speaks against it: a package with a flaw that a newer version fixes. `cooper
//! db update` brings the advisories of today.

use crate::item::{Item, Source};

pub(crate) static ITEM: Item = Item {
    name: "cis-4-04",
    number: "CIS 4.4",
    title: "is scanned, and made anew with fixes",
    decided_by: &[Source::Scan],
    against: &["vulnerable-package"],
    by_hand: "",
    source: include_str!("cis_4_04.rs"),
};
