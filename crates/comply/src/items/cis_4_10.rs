//! # cis-4-10
//!
//! ## What it asks for
//! The image has no secrets in its Dockerfile.
//!
//! ## Why
//! What an instruction, a variable or a layer holds, everybody can read who can pull the image, also when a later step removes it.
//! `RUN --mount=type=secret` lends it to one step.

use crate::item::{Item, Source};

pub(crate) static ITEM: Item = Item {
    name: "cis-4-10",
    number: "CIS 4.10",
    title: "has no secrets in its Dockerfile",
    decided_by: &[Source::Image, Source::Dockerfile],
    against: &[
        "secret-in-environment",
        "credential-file",
        "secret-arg-in-file",
        "secret-file-copied",
        "secret-in-arg-or-env",
        "secret-like-name",
        "secret-literal",
        "secret-mount-persisted",
        "secret-removed-later",
        "password-command",
        "cloud-credential",
        "secret-word-in-name",
        "secret",
    ],
    by_hand: "",
    source: include_str!("cis_4_10.rs"),
};
