//! # owasp-13
//!
//! ## What it asks for
//! Its supply chain is known.
//!
//! ## Why
//! Bases by digest, packages with checksums, an SBOM that says what is in it, a provenance that says where it was built, and
//! signatures on all of it.
//!
//! ## By hand
//! Somebody has to look: whether image, SBOM and provenance are signed and verified (`cooper sign`, `cooper attest`, `cooper
//! verify`).

use crate::item::Item;

pub(crate) static ITEM: Item = Item {
    name: "owasp-13",
    number: "OWASP 13",
    title: "its supply chain is known",
    decided_by: &[],
    against: &[
        "unpinned-image",
        "unpinned-syntax",
        "unsigned-image",
        "unverified-package",
        "unsigned-packages",
        "curl-pipe-shell",
        "unverified-download",
        "remote-add-without-checksum",
        "tls-check-disabled",
        "http-download",
        "weak-checksum",
    ],
    by_hand: "whether image, SBOM and provenance are signed and verified (`cooper sign`, `cooper attest`, `cooper verify`)",
    source: include_str!("owasp_13.rs"),
};
