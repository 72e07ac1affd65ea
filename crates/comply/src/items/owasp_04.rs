//! # owasp-04
//!
//! ## What it asks for
//! Cannot gain rights.
//!
//! ## Why
//! With `no-new-privileges` setuid programs lend nothing.
//!
//! ## By hand
//! Somebody has to look: whether the container starts with `no-new-privileges` (`cooper harden` writes that).

use super::cis_4_08;
use crate::item::Item;

pub(crate) static ITEM: Item = Item {
    name: "owasp-04",
    number: "OWASP 4",
    title: "cannot gain rights",
    decided_by: &[],
    against: cis_4_08::ITEM.against,
    by_hand: "whether the container starts with `no-new-privileges` (`cooper harden` writes that)",
    source: include_str!("owasp_04.rs"),
};
