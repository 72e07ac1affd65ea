//! One advisory about one package.

use facts::{Linked, Risk};

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
    /// The parts of a Go module that it is about; empty when it is about all.
    pub parts: Vec<Part>,
}

/// A package of a Go module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// Its path.
    pub path: String,
    /// On which systems; empty for all.
    pub systems: Vec<String>,
    /// On which architectures; empty for all.
    pub architectures: Vec<String>,
}

impl Advisory {
    /// Whether a program has any of what it is about.
    pub fn is_linked(&self, linked: &Linked) -> bool {
        let on = |all: &[String], one: &String| all.is_empty() || one.is_empty() || all.contains(one);
        self.parts.is_empty()
            || self.parts.iter().any(|part| {
                on(&part.systems, &linked.os)
                    && on(&part.architectures, &linked.architecture)
                    && linked.has(&part.path)
            })
    }
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
