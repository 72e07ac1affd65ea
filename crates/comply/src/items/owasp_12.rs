//! # owasp-12
//!
//! ## What it asks for
//! Has no secrets.
//!
//! ## Why
//! See CIS 4.10. At run time a secret comes as a mounted file, not as a variable: variables are inherited and printed.

use super::cis_4_10;
use crate::item::{Item, Source};

pub(crate) static ITEM: Item = Item {
    name: "owasp-12",
    number: "OWASP 12",
    title: "has no secrets",
    decided_by: &[Source::Image, Source::Dockerfile],
    against: cis_4_10::ITEM.against,
    by_hand: "",
    source: include_str!("owasp_12.rs"),
};
