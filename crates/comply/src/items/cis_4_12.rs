//! # cis-4-12
//!
//! ## What it asks for
//! Signed artefacts are validated.
//!
//! ## Why
//! That something is signed helps who checks the signature, and nobody else.
//!
//! ## By hand
//! Somebody has to look: whether what is built from and what is deployed is verified against its signature (`cooper verify`, and a
//! policy of the cluster).

use crate::item::Item;

pub(crate) static ITEM: Item = Item {
    name: "cis-4-12",
    number: "CIS 4.12",
    title: "signed artefacts are validated",
    decided_by: &[],
    against: &["unsigned-image"],
    by_hand: "whether what is built from and what is deployed is verified against its signature (`cooper verify`, and a policy of the cluster)",
    source: include_str!("cis_4_12.rs"),
};
