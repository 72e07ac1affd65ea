//! # owasp-02
//!
//! ## What it asks for
//! Runs as a user that is not root.
//!
//! ## Why
//! See CIS 4.1.

use super::cis_4_01;
use crate::item::{Item, Source};

pub(crate) static ITEM: Item = Item {
    name: "owasp-02",
    number: "OWASP 2",
    title: "runs as a user that is not root",
    decided_by: &[Source::Image, Source::Dockerfile],
    against: cis_4_01::ITEM.against,
    by_hand: "",
    source: include_str!("owasp_02.rs"),
};
