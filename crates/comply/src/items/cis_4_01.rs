//! # cis-4-01
//!
//! ## What it asks for
//! The image runs as a user that is not root.
//!
//! ## Why
//! A process that is root in its container is one flaw away from being root on its machine. The last stage names a user; a number
//! is best, as Kubernetes can tell from it that it is not root.

use crate::item::{Item, Source};

pub(crate) static ITEM: Item = Item {
    name: "cis-4-01",
    number: "CIS 4.1",
    title: "runs as a user that is not root",
    decided_by: &[Source::Image, Source::Dockerfile],
    against: &["root-user", "no-user", "stage-ends-as-root", "user-given-up", "user-never-used"],
    by_hand: "",
    source: include_str!("cis_4_01.rs"),
};
