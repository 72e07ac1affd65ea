//! # owasp-07
//!
//! ## What it asks for
//! Has limits.
//!
//! ## Why
//! Without limits one container takes the machine from all others.
//!
//! ## By hand
//! Somebody has to look: whether memory, processors, processes and restarts of the container are limited (`cooper harden` writes
//! limits).

use crate::item::Item;

pub(crate) static ITEM: Item = Item {
    name: "owasp-07",
    number: "OWASP 7",
    title: "has limits",
    decided_by: &[],
    against: &[],
    by_hand: "whether memory, processors, processes and restarts of the container are limited (`cooper harden` writes limits)",
    source: include_str!("owasp_07.rs"),
};
