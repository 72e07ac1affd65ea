//! # owasp-05
//!
//! ## What it asks for
//! Containers reach only whom they have to.
//!
//! ## Why
//! On the default network each container reaches each other one. A network of their own for those that belong together keeps the
//! others out.
//!
//! ## By hand
//! Somebody has to look: which networks the container is in, and whom it can reach there.

use crate::item::Item;

pub(crate) static ITEM: Item = Item {
    name: "owasp-05",
    number: "OWASP 5",
    title: "containers reach only whom they have to",
    decided_by: &[],
    against: &[],
    by_hand: "which networks the container is in, and whom it can reach there",
    source: include_str!("owasp_05.rs"),
};
