//! What an image, a file system or a project consists of: packages, where they were found, and where they come from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Where packages of a kind come from, named as package URLs name it (purl-spec, "Types").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ecosystem {
    /// Debian and its children, by dpkg.
    Deb,
    /// Alpine, Wolfi.
    Apk,
    /// Red Hat, SUSE and their children.
    Rpm,
    /// `JavaScript`.
    Npm,
    /// Python.
    Pypi,
    /// Go modules.
    Golang,
    /// Rust crates.
    Cargo,
    /// Ruby.
    Gem,
    /// Java.
    Maven,
    /// Conda, of any language.
    Conda,
}

impl Ecosystem {
    /// Its name in package URLs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deb => "deb",
            Self::Apk => "apk",
            Self::Rpm => "rpm",
            Self::Npm => "npm",
            Self::Pypi => "pypi",
            Self::Golang => "golang",
            Self::Cargo => "cargo",
            Self::Gem => "gem",
            Self::Maven => "maven",
            Self::Conda => "conda",
        }
    }

    /// Whether its packages belong to a distribution, which says itself what is wrong with them.
    pub const fn is_distro(self) -> bool {
        matches!(self, Self::Deb | Self::Apk | Self::Rpm)
    }
}

/// The qualifier that says of which stream of a module a package of rpm is.
pub const RPM_MODULE: &str = "rpmmod";

/// A package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Package {
    /// Whose package it is.
    pub ecosystem: Ecosystem,
    /// Its name as the ecosystem writes it: `@scope/name` in npm, `group:artifact` in Maven, a path in Go.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its architecture; empty when it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub architecture: String,
    /// The source package that it was built from, where its name or version is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourcePackage>,
    /// What it says of its licences, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub licenses: Vec<String>,
    /// Whether it is a part of the project itself: what is published under its name may be something else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub local: bool,
    /// What else its package URL says, by the names of qualifiers there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub qualifiers: BTreeMap<String, String>,
}

/// A source package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SourcePackage {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl Package {
    /// A package of which no more is known.
    pub fn new(ecosystem: Ecosystem, name: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            ecosystem,
            name: name.into(),
            version: version.into(),
            architecture: String::new(),
            source: None,
            licenses: Vec::new(),
            local: false,
            qualifiers: BTreeMap::new(),
        }
    }

    /// The stream of a module of rpm that it is of, with its build: `nodejs:14:8060020…:…`. Empty for others.
    pub fn module(&self) -> &str {
        self.qualifiers.get(RPM_MODULE).map_or("", String::as_str)
    }

    /// Name and version of the source package: its own unless another one is known.
    pub fn source(&self) -> (&str, &str) {
        self.source.as_ref().map_or((&self.name, &self.version), |source| (&source.name, &source.version))
    }
}

/// A distribution (os-release(5)).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Distro {
    /// `ID`: `debian`, `alpine`.
    pub id: String,
    /// `VERSION_ID`; empty for what has none, as Debian unstable.
    pub version: String,
    /// `VERSION_CODENAME`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub codename: String,
    /// `PRETTY_NAME`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// `ID_LIKE`: what it descends from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub like: Vec<String>,
}

/// All packages of something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    /// The distribution, where there is one.
    pub distro: Option<Distro>,
    /// The packages, sorted; each once, however many places it has.
    pub components: Vec<Component>,
    /// What could not be read, and why.
    pub unread: Vec<(String, String)>,
    /// What is linked into programs, by their paths, where that is known.
    pub linked: BTreeMap<String, Linked>,
}

/// What is linked into a program of Go: of modules only those packages that are used are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linked {
    /// For which system it is made, as Go names it; empty when that is not known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub os: String,
    /// For which architecture.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub architecture: String,
    /// The packages, by the numbers of their paths, sorted; none when they are not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    packages: Option<Vec<u64>>,
}

impl Linked {
    /// Of a program of which no package is known.
    pub fn new(os: &str, architecture: &str) -> Self {
        Self { os: os.to_owned(), architecture: architecture.to_owned(), packages: None }
    }

    /// The same with these packages.
    #[must_use]
    pub fn with<'a>(mut self, packages: impl IntoIterator<Item = &'a str>) -> Self {
        let mut packages: Vec<u64> = packages.into_iter().map(Self::number).collect();
        packages.sort_unstable();
        packages.dedup();
        self.packages = Some(packages);
        self
    }

    /// Whether a package is among them, as far as is known.
    pub fn has(&self, package: &str) -> bool {
        let number = Self::number(package);
        self.packages.as_ref().is_none_or(|packages| packages.binary_search(&number).is_ok())
    }

    /// FNV-1a, 64 bits. It is written to caches and never changes.
    fn number(path: &str) -> u64 {
        path.bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }
}

/// A package of an inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// The package.
    pub package: Package,
    /// The files that say so.
    pub places: Vec<Evidence>,
    /// The package of the distribution that has brought all of these files: it answers for this one.
    pub owner: Option<String>,
    /// The step that brought the package, of an image.
    pub origin: Option<Origin>,
}

/// A file that says that a package is there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// Its path, from the root without a leading `/`.
    pub path: String,
    /// The layer of the image that brought the package there, from 0; what later layers only repeat is not theirs.
    pub layer: usize,
    /// Which reader understood it.
    pub cataloguer: String,
}

/// The step that brought something into an image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// The layer, from 1.
    pub layer: usize,
    /// Digest of the uncompressed layer.
    pub diff_id: String,
    /// What the history of the image says of the layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// The Dockerfile, where the build is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Line of the instruction that wrote it, in whichever stage; of a base image that of its FROM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Its last line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_line: Option<u32>,
    /// Name of the stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// The instruction, on one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instruction: Option<String>,
    /// Line of the COPY that put it into the image, when it was written in another stage or the context.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copied_on: Option<u32>,
    /// The base image that had it already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
}

/// What was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// As the user called it.
    pub name: String,
    /// What it is.
    pub kind: SubjectKind,
    /// Digest of an image's manifest; of an archive of `docker save`, that of its configuration.
    pub digest: Option<String>,
    /// Digests of its uncompressed layers, base first.
    pub diff_ids: Vec<String>,
}

/// What something is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SubjectKind {
    /// An image.
    #[default]
    Image,
    /// A directory with the root of a file system.
    FileSystem,
    /// A directory with sources.
    Project,
}

impl SubjectKind {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::FileSystem => "filesystem",
            Self::Project => "project",
        }
    }
}
