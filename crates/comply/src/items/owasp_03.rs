//! # owasp-03
//!
//! ## What it asks for
//! Has only the capabilities it needs.
//!
//! ## Why
//! Capabilities are parts of what root can do. Most programs need none of them.
//!
//! ## By hand
//! Somebody has to look: whether the container starts with `cap_drop: ALL` and adds only what is needed (`cooper harden` writes
//! that).

use crate::item::Item;

pub(crate) static ITEM: Item = Item {
    name: "owasp-03",
    number: "OWASP 3",
    title: "has only the capabilities it needs",
    decided_by: &[],
    against: &["privileged-label"],
    by_hand: "whether the container starts with `cap_drop: ALL` and adds only what is needed (`cooper harden` writes that)",
    source: include_str!("owasp_03.rs"),
};
