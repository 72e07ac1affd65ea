//! # owasp-12
//!
//! ## What it asks for
//! Has no secrets.
//!
//! ## Why
//! See CIS 4.10. At run time a secret comes as a mounted file, not as a variable: variables are inherited and printed.

use crate::item::{Item, Source};

pub(crate) static ITEM: Item = Item {
    name: "owasp-12",
    number: "OWASP 12",
    title: "has no secrets",
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
    source: include_str!("owasp_12.rs"),
};
