//! # cis-4-08
//!
//! ## What it asks for
//! The image has no programs that lend rights.
//!
//! ## Why
//! A setuid or setgid program gives whoever runs it the rights of its owner. Few images need one: take the bit away, or the
//! program.

use crate::item::{Item, Source};

pub(crate) static ITEM: Item = Item {
    name: "cis-4-08",
    number: "CIS 4.8",
    title: "has no programs that lend rights",
    decided_by: &[Source::Image],
    against: &["setuid-file", "sudo-used", "sudo"],
    by_hand: "",
    source: include_str!("cis_4_08.rs"),
};
