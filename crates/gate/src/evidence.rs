//! What gates ask about an image.

use facts::{Excused, ImageFinding, Inventory, Secret, Severity, Vulnerability};
use image::ContainerConfig;

use crate::gate::Place;

/// What is known, or why it is not.
pub type Known<T> = Result<T, String>;

/// What is known of an image. Each is looked up when a gate asks for it.
pub trait Evidence {
    /// How containers of it run.
    fn config(&self) -> &ContainerConfig;
    /// Its layers, base first.
    fn layers(&self) -> Known<&[Layer]>;
    /// Packages, what is wrong with them, and secrets.
    fn scan(&self) -> Known<&Scanned>;
    /// What lint finds in its Dockerfile.
    fn lint(&self) -> Known<&[Problem]>;
    /// What checks find in the image.
    fn checks(&self) -> Known<&[ImageFinding]>;
    /// What it is built on and copies from.
    fn bases(&self) -> Known<&[Base]>;
    /// Whether somebody has signed it, or has said a kind of thing about it.
    fn signed(&self, signer: &Signer, kind: Option<&str>) -> Known<()>;
    /// Whether its build gave the same twice.
    fn reproduced(&self) -> Known<()>;
    /// Seconds since 1970.
    fn now(&self) -> i64;
    /// Where the last stage of its Dockerfile begins.
    fn last_stage(&self) -> Option<Place>;
    /// Where its user is set, or the last stage where none is.
    fn user_place(&self) -> Option<Place>;
}

/// A layer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layer {
    /// Bytes of its files.
    pub size: u64,
    /// The step that made it.
    pub step: Option<String>,
    /// Where that is.
    pub place: Option<Place>,
}

/// What a scan found.
#[derive(Debug, Clone, Default)]
pub struct Scanned {
    /// Packages.
    pub inventory: Inventory,
    /// Why nothing is known of what is wrong with them, where that is so.
    pub unknown: Option<String>,
    /// What is wrong with them.
    pub vulnerabilities: Vec<Vulnerability>,
    /// What is wrong with them and excused.
    pub excused: Vec<Excused>,
    /// Secrets.
    pub secrets: Vec<Secret>,
}

/// A finding of lint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Code of its rule.
    pub code: String,
    /// Name of its rule, and what else it is called.
    pub names: Vec<String>,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub place: Place,
}

/// An image that another one is built on or copies from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Base {
    /// Its whole name.
    pub name: String,
    /// Digest of its manifest.
    pub digest: String,
    /// When it was made, in seconds since 1970, where that is known.
    pub created: Option<i64>,
    /// Where it is asked for.
    pub place: Option<Place>,
}

/// Who has to have signed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", untagged)]
pub enum Signer {
    /// The owner of a key.
    #[serde(rename_all = "kebab-case")]
    Key {
        /// File of the public key.
        key: String,
    },
    /// Somebody with a certificate.
    #[serde(rename_all = "kebab-case")]
    Identity {
        /// The name in the certificate.
        identity: String,
        /// Who vouched for it.
        issuer: String,
        /// File of the trusted root.
        trusted_root: String,
    },
}

impl Signer {
    /// As messages call it.
    pub fn name(&self) -> String {
        match self {
            Self::Key { key } => format!("the key `{key}`"),
            Self::Identity { identity, .. } => format!("`{identity}`"),
        }
    }
}
