//! # owasp-08
//!
//! ## What it asks for
//! Has a root file system that is read-only.
//!
//! ## Why
//! What cannot be written cannot be replaced.
//!
//! ## By hand
//! Somebody has to look: whether the container starts with a read-only root and `tmpfs` for what is written (`cooper harden` writes
//! that).

use crate::item::Item;

pub(crate) static ITEM: Item = Item {
    name: "owasp-08",
    number: "OWASP 8",
    title: "has a root file system that is read-only",
    decided_by: &[],
    against: &["world-writable"],
    by_hand: "whether the container starts with a read-only root and `tmpfs` for what is written (`cooper harden` writes that)",
    source: include_str!("owasp_08.rs"),
};
