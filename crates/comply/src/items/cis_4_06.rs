//! # cis-4-06
//!
//! ## What it asks for
//! The image says how its health is found.
//!
//! ## Why
//! A process that hangs still runs. `HEALTHCHECK` lets the engine see it; Kubernetes has probes of its own and ignores it.

use crate::item::{Item, Source};

pub(crate) static ITEM: Item = Item {
    name: "cis-4-06",
    number: "CIS 4.6",
    title: "says how its health is found",
    decided_by: &[Source::Image, Source::Dockerfile],
    against: &["no-healthcheck", "missing-healthcheck"],
    by_hand: "",
    source: include_str!("cis_4_06.rs"),
};
