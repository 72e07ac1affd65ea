//! The order of versions: one file for each scheme in `schemes/`. Comparing allocates nothing, and every text has a place
//! in the order, as what stands in package lists is not always what its scheme allows.

mod numbers;
mod schemes;

use std::cmp::Ordering;

/// A scheme of versions.
#[derive(Debug)]
pub struct Scheme {
    /// Its name.
    pub name: &'static str,
    /// Which of two versions is the greater one. It is a total preorder: versions that are spelled differently can be equal.
    pub compare: fn(&str, &str) -> Ordering,
}

/// The scheme of a name.
pub fn scheme(name: &str) -> Option<&'static Scheme> {
    schemes::ALL.iter().copied().find(|scheme| scheme.name == name)
}

/// All schemes.
pub fn schemes() -> &'static [&'static Scheme] {
    schemes::ALL
}
