//! What a user can choose for single rules, and what rules can ask of the project around a Dockerfile.

use std::collections::BTreeMap;
use std::fmt::Debug;

use image::{Platform, Reference};
use kit::Digest;
use serde::Deserialize;
use syntax::Ignore;

/// Choices for single rules; each is empty unless the user sets it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Settings {
    /// Registries that base images may come from; `*` stands for any part of a name. Empty: any registry.
    pub trusted_registries: Vec<String>,
    /// Labels with the kind of their value.
    pub labels: BTreeMap<String, LabelKind>,
    /// Whether labels that are not in `labels` are findings.
    pub strict_labels: bool,
    /// Whether labels of `labels` have to be there.
    pub required_labels: bool,
}

/// What the value of a label is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LabelKind {
    /// Anything that is not empty.
    Text,
    /// A URL.
    Url,
    /// A version (Semantic Versioning 2).
    Semver,
    /// A git commit.
    Hash,
    /// A date and time (RFC 3339).
    Rfc3339,
    /// A licence expression (SPDX).
    Spdx,
    /// An e-mail address.
    Email,
}

/// The build context around a Dockerfile, as far as it is known. Paths are relative to the context.
pub trait Project: Debug + Sync {
    /// The ignore file of the context: its name and its patterns; `None` when it has none.
    fn ignore(&self) -> Option<(&str, &Ignore)>;
    /// Whether there is a file or directory; `None` when that cannot be told.
    fn has(&self, path: &str) -> Option<bool>;
    /// A text of at most some hundred kilobytes; `None` when it is not there, is larger or is no text.
    fn read(&self, path: &str) -> Option<String>;
    /// The digest that an image has in its registry; `None` when it is not to be asked, or does not answer.
    fn digest(&self, _image: &Reference) -> Option<Digest> {
        None
    }
    /// The platform of what an image is for a platform; `None` when it is not here and not to be asked for, or cannot be had.
    fn platform(&self, _image: &Reference, _wanted: &Platform) -> Option<Platform> {
        None
    }
    /// The names of the variables that an image sets for a platform; `None` when it is not here.
    fn variables(&self, _image: &Reference, _wanted: &Platform) -> Option<Vec<String>> {
        None
    }
    /// The version that a package manager would install today; `None` when its index is not to be asked, or does not
    /// answer.
    fn version(&self, _package: &Package<'_>) -> Option<String> {
        None
    }
}

/// A package that a step installs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Package<'a> {
    /// The package manager: `apt`, `apk`, `pip`, `npm` …
    pub manager: &'a str,
    /// Its name, as the package manager takes it.
    pub name: &'a str,
    /// The image at the root of the stage, where it is known: the distribution that the package is of.
    pub base: Option<&'a Reference>,
}
