//! # owasp-09
//!
//! ## What it asks for
//! Is scanned in the pipeline.
//!
//! ## Why
//! `cooper ci init` writes a pipeline that lints, tests and scans before anything is pushed.

use crate::item::{Item, Source};

pub(crate) static ITEM: Item = Item {
    name: "owasp-09",
    number: "OWASP 9",
    title: "is scanned in the pipeline",
    decided_by: &[Source::Scan],
    against: &["vulnerable-package"],
    by_hand: "",
    source: include_str!("owasp_09.rs"),
};
