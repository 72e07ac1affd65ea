//! Where the paths that a COPY placed were before: kept beside the record of the step, for the lineage of images.

use std::collections::BTreeMap;

use lineage::{Rules, encode};
use serde::{Deserialize, Serialize};

use super::{Content, Picked, Role};

/// Where the placed paths of a step were.
pub(crate) type Placed = Rules<PlacedFrom>;

/// A tree that a COPY reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PlacedFrom {
    /// None: a directory that the target needed.
    Made,
    /// The Dockerfile.
    Heredoc,
    /// The tree of the step's paths (0), or of its remote sources in their order (from 1).
    Tree(usize),
    /// An archive in such a tree.
    Archive(usize, String),
}

/// What is known while a layer is put together.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    of: BTreeMap<Vec<u8>, (Vec<u8>, PlacedFrom)>,
}

impl Origins {
    /// An entry was put at a path.
    pub(crate) fn placed(&mut self, path: &[u8], item: &Picked) {
        let (tree, from) = &item.from;
        let tree = match item.content {
            // The target itself, which is made where it is missing.
            _ if item.role == Role::Target => return,
            Content::Bytes(_) => PlacedFrom::Heredoc,
            _ => PlacedFrom::Tree(*tree),
        };
        self.of.insert(path.to_vec(), (from.clone(), tree));
    }

    /// An entry of an archive was put at a path.
    pub(crate) fn unpacked(&mut self, path: &[u8], archive: &Picked, inner: &[u8]) {
        let (tree, from) = &archive.from;
        let tree = PlacedFrom::Archive(*tree, encode(from));
        self.of.insert(path.to_vec(), (inner.to_vec(), tree));
    }

    /// The rules of the paths that are there at the end.
    pub(crate) fn rules<'a>(&self, paths: impl Iterator<Item = &'a Vec<u8>>) -> Placed {
        let made = || (Vec::new(), PlacedFrom::Made);
        let of = |path: &Vec<u8>| {
            let (from, tree) = self.of.get(path).cloned().unwrap_or_else(made);
            (path.clone(), from, tree)
        };
        Rules::new(paths.map(of))
    }
}
