//! # owasp-01
//!
//! ## What it asks for
//! The engine's socket stays outside.
//!
//! ## Why
//! Who can speak to the engine is root on its machine.
//!
//! ## By hand
//! Somebody has to look: whether what runs the container mounts `/var/run/docker.sock` or serves the engine by TCP.

use crate::item::Item;

pub(crate) static ITEM: Item = Item {
    name: "owasp-01",
    number: "OWASP 1",
    title: "the engine's socket stays outside",
    decided_by: &[],
    against: &["sensitive-volume", "docker-socket"],
    by_hand: "whether what runs the container mounts `/var/run/docker.sock` or serves the engine by TCP",
    source: include_str!("owasp_01.rs"),
};
