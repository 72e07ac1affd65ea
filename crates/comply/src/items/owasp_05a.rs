//! # owasp-05a
//!
//! ## What it asks for
//! Published ports are not past the firewall.
//!
//! ## Why
//! Docker writes rules of its own that come before those of `ufw`.
//!
//! ## By hand
//! Somebody has to look: whether ports are published on `127.0.0.1`, or on a firewall's chain that Docker heeds.

use crate::item::Item;

pub(crate) static ITEM: Item = Item {
    name: "owasp-05a",
    number: "OWASP 5a",
    title: "published ports are not past the firewall",
    decided_by: &[],
    against: &["ssh-port", "admin-port"],
    by_hand: "whether ports are published on `127.0.0.1`, or on a firewall's chain that Docker heeds",
    source: include_str!("owasp_05a.rs"),
};
