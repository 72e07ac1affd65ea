//! # owasp-06
//!
//! ## What it asks for
//! Runs under `seccomp`, `AppArmor` or `SELinux`.
//!
//! ## Why
//! The default profiles refuse system calls that no usual program needs.
//!
//! ## By hand
//! Somebody has to look: whether the container starts with the engine's default profiles and none is switched off.

use crate::item::Item;

pub(crate) static ITEM: Item = Item {
    name: "owasp-06",
    number: "OWASP 6",
    title: "runs under seccomp, AppArmor or SELinux",
    decided_by: &[],
    against: &["insecure-run"],
    by_hand: "whether the container starts with the engine's default profiles and none is switched off",
    source: include_str!("owasp_06.rs"),
};
