//! What checks of a finished image find, and how it uses its bytes.

use serde::Serialize;

use crate::{Origin, Severity};

/// Something that is wrong with an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageFinding {
    /// Code of the check.
    pub code: &'static str,
    /// Name of the check.
    pub check: &'static str,
    /// What other tools and the CIS Docker Benchmark call the same thing.
    pub aliases: Vec<&'static str>,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong: a lowercase fragment.
    pub message: String,
    /// Where.
    pub place: ImagePlace,
    /// The layer, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<usize>,
    /// The step that made it so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// A place of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum ImagePlace {
    /// A file or directory.
    File {
        /// Its path, with a leading `/`.
        path: String,
    },
    /// A field of the configuration.
    Config {
        /// Its name.
        key: String,
    },
    /// An entry of the history.
    History {
        /// Its number, from 1.
        entry: usize,
    },
}

impl ImagePlace {
    /// In a few words.
    pub fn text(&self) -> String {
        match self {
            Self::File { path } => path.clone(),
            Self::Config { key } => key.clone(),
            Self::History { entry } => format!("history entry {entry}"),
        }
    }
}

/// How an image uses its bytes.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Efficiency {
    /// Bytes of files in all layers.
    pub total: u64,
    /// Those that nobody can see.
    pub wasted: u64,
    /// What can be seen of all, from 0 to 1.
    pub score: f64,
    /// For each layer.
    pub layers: Vec<LayerShare>,
    /// The paths that waste most, the most first.
    pub paths: Vec<Wasted>,
}

/// A layer's share.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct LayerShare {
    /// Bytes of its files.
    pub size: u64,
    /// Those that later layers hide.
    pub hidden: u64,
    /// Those below that it hides, itself.
    pub hides: u64,
    /// Those that it has again at the same path with the same size: often a change of owner or mode alone.
    pub repeats: u64,
}

/// A path at which bytes are wasted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Wasted {
    /// The path, without a leading `/`.
    pub path: String,
    /// Bytes that nobody can see.
    pub bytes: u64,
    /// The layers that have it, from 0.
    pub layers: Vec<usize>,
    /// The layer that took it away, where it is not there at the end.
    pub removed_by: Option<usize>,
}
