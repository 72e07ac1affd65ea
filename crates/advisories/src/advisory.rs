//! One advisory about one package.

use facts::Risk;

/// What is wrong with a package, and in which versions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Advisory {
    /// Its identifier: `CVE-2024-1234`, `GHSA-…`, `RUSTSEC-…`.
    pub id: String,
    /// Other identifiers of the same thing.
    pub aliases: Vec<String>,
    /// How bad it is, by its source.
    pub risk: Risk,
    /// What it is about, in a line.
    pub summary: String,
    /// Versions that are affected.
    pub bounds: Vec<Bounds>,
    /// Versions that are affected besides, by name.
    pub versions: Vec<String>,
}

/// A range of affected versions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bounds {
    /// The first; empty when all before the end are.
    pub introduced: String,
    /// The first that is not any more; empty when there is none.
    pub fixed: String,
    /// The last; empty when `fixed` says the end, or when there is none.
    pub last: String,
}
