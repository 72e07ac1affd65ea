//! # cis-4-03
//!
//! ## What it asks for
//! The image has no packages that it does not need.
//!
//! ## Why
//! What is not there cannot be attacked. Compilers, servers for remote logins and packages for development belong into other
//! stages.
//!
//! ## By hand
//! Somebody has to look: whether each package of the image is needed (`cooper sbom` lists them with the line that brought each).

use crate::item::Item;

pub(crate) static ITEM: Item = Item {
    name: "cis-4-03",
    number: "CIS 4.3",
    title: "has no packages that it does not need",
    decided_by: &[],
    against: &[
        "unneeded-file",
        "toolchain-in-final-stage",
        "final-stage-is-builder",
        "development-packages-shipped",
        "devel-image-shipped",
        "ssh-server",
        "debug-switched-on",
    ],
    by_hand: "whether each package of the image is needed (`cooper sbom` lists them with the line that brought each)",
    source: include_str!("cis_4_03.rs"),
};
