//! # owasp-10
//!
//! ## What it asks for
//! The engine logs enough and not too much.
//!
//! ## Why
//! More than that fills disks, less hides attacks.
//!
//! ## By hand
//! Somebody has to look: whether the engine runs with the log level `info`.

use crate::item::Item;

pub(crate) static ITEM: Item = Item {
    name: "owasp-10",
    number: "OWASP 10",
    title: "the engine logs enough and not too much",
    decided_by: &[],
    against: &[],
    by_hand: "whether the engine runs with the log level `info`",
    source: include_str!("owasp_10.rs"),
};
