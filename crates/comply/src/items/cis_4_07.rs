//! # cis-4-07
//!
//! ## What it asks for
//! The image does not update package lists in a step of their own.
//!
//! ## Why
//! A step that only updates lists stays in the cache, and later steps install what was newest then.

use crate::item::{Item, Source};

pub(crate) static ITEM: Item = Item {
    name: "cis-4-07",
    number: "CIS 4.7",
    title: "does not update package lists in a step of their own",
    decided_by: &[Source::Image, Source::Dockerfile],
    against: &["update-alone", "index-update-alone", "dist-upgrade", "apt-dist-upgrade"],
    by_hand: "",
    source: include_str!("cis_4_07.rs"),
};
