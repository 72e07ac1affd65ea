//! # cis-4-02
//!
//! ## What it asks for
//! Base images come from where you trust.
//!
//! ## Why
//! An image is as good as what it begins with. What speaks against an item here: a registry that is not among `trusted-registries`,
//! a base without a tag or with a moving one, a distribution that gets no fixes any more.
//!
//! ## By hand
//! Somebody has to look: whether each base image comes from a publisher that you trust; `[lint] trusted-registries` lets cooper
//! check it.

use crate::item::Item;

pub(crate) static ITEM: Item = Item {
    name: "cis-4-02",
    number: "CIS 4.2",
    title: "base images come from where you trust",
    decided_by: &[],
    against: &["untrusted-registry", "latest-image", "untagged-image", "end-of-life-image"],
    by_hand: "whether each base image comes from a publisher that you trust; `[lint] trusted-registries` lets cooper check it",
    source: include_str!("cis_4_02.rs"),
};
