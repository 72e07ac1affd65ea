//! # owasp-11
//!
//! ## What it asks for
//! The engine runs without root.
//!
//! ## Why
//! A flaw of an engine that is not root gives the rights of a user.
//!
//! ## By hand
//! Somebody has to look: whether the engine runs as an ordinary user (Podman, rootless Docker).

use crate::item::Item;

pub(crate) static ITEM: Item = Item {
    name: "owasp-11",
    number: "OWASP 11",
    title: "the engine runs without root",
    decided_by: &[],
    against: &[],
    by_hand: "whether the engine runs as an ordinary user (Podman, rootless Docker)",
    source: include_str!("owasp_11.rs"),
};
