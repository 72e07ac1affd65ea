//! # cis-4-11
//!
//! ## What it asks for
//! The image has verified packages only.
//!
//! ## Why
//! A package or a file that comes without a signature or a checksum is whatever the network gave at that moment.

use crate::item::{Item, Source};

pub(crate) static ITEM: Item = Item {
    name: "cis-4-11",
    number: "CIS 4.11",
    title: "has verified packages only",
    decided_by: &[Source::Dockerfile],
    against: &[
        "unverified-package",
        "unsigned-packages",
        "curl-pipe-shell",
        "unverified-download",
        "remote-add-without-checksum",
        "tls-check-disabled",
        "http-download",
        "weak-checksum",
    ],
    by_hand: "",
    source: include_str!("cis_4_11.rs"),
};
