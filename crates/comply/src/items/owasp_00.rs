//! # owasp-00
//!
//! ## What it asks for
//! Host and engine are kept up to date.
//!
//! ## Why
//! Containers share the kernel of their machine: its flaws are theirs.
//!
//! ## By hand
//! Somebody has to look: the versions of the kernel and of the engine on each machine.

use crate::item::Item;

pub(crate) static ITEM: Item = Item {
    name: "owasp-00",
    number: "OWASP 0",
    title: "host and engine are kept up to date",
    decided_by: &[],
    against: &[],
    by_hand: "the versions of the kernel and of the engine on each machine",
    source: include_str!("owasp_00.rs"),
};
