//! The size of an image by the steps that made it.

use std::collections::BTreeMap;

use image::{Entry, EntryKind};
use store::Merged;

use crate::{Explainer, Losses, Place};

/// What each step has in an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blame {
    /// One for each step or layer that has something in the image, or had; in the order of the build.
    pub shares: Vec<Share>,
}

/// What one step has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Share {
    /// The step; of layers that no step is known of, the layer.
    pub place: Place,
    /// Files that are there at the end.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Bytes that its layer has.
    pub added: u64,
    /// Bytes of these that a later step replaced.
    pub overwritten: u64,
    /// Bytes of these that a later step took away.
    pub deleted: u64,
    /// Bytes and files below each directory, down to the depth that was asked for; sorted by path.
    pub tree: Vec<TreeSize>,
}

/// A directory, or a file at the last level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeSize {
    /// Its path.
    pub path: Vec<u8>,
    /// Bytes of the files in it.
    pub bytes: u64,
    /// Their number.
    pub files: u64,
}

/// A step's share while it is added up.
#[derive(Default)]
struct Sum {
    share: Share,
    tree: BTreeMap<Vec<u8>, (u64, u64)>,
}

/// What is added up.
#[derive(Debug, Clone, Copy, Default)]
pub struct BlameOptions<'a> {
    /// Levels of directories.
    pub depth: usize,
    /// Whether it is asked for the steps that wrote the files, also in other stages, instead of those that put them
    /// into the image. What was lost on the way is not known of them.
    pub deep: bool,
    /// The directory.
    pub within: &'a [u8],
}

/// Adds up an image.
pub fn blame(explainer: &Explainer<'_>, merged: &Merged, options: BlameOptions<'_>) -> Blame {
    let BlameOptions { depth, deep, within } = options;
    let mut sums: BTreeMap<Place, Sum> = BTreeMap::new();
    for at in merged.under(within) {
        let entry = merged.at(at);
        if !counts(entry) {
            continue;
        }
        let place =
            if deep { origin(explainer, &entry.path) } else { of_layer(explainer, merged.layer_of(at)) };
        sums.entry(place).or_default().add(entry, depth);
    }
    if !deep && within.is_empty() {
        for layer in 0..explainer.stack().len() {
            sums.entry(of_layer(explainer, layer)).or_default().share.lose(explainer.stack().losses(layer));
        }
    }
    let shares = sums.into_iter().map(|(place, sum)| sum.finish(place));
    Blame { shares: shares.filter(|share| share.files > 0 || share.added > 0).collect() }
}

impl Share {
    fn lose(&mut self, losses: Losses) {
        self.added += losses.added;
        self.overwritten += losses.overwritten;
        self.deleted += losses.deleted;
    }
}

impl Sum {
    fn add(&mut self, entry: &Entry, depth: usize) {
        self.share.files += 1;
        self.share.bytes += entry.size;
        let ends = entry.path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
        for end in ends.chain([entry.path.len()]).take(depth) {
            let (bytes, files) = self.tree.entry(entry.path[..end].to_vec()).or_default();
            (*bytes, *files) = (*bytes + entry.size, *files + 1);
        }
    }

    fn finish(self, place: Place) -> Share {
        let tree = self.tree.into_iter().map(|(path, (bytes, files))| TreeSize { path, bytes, files });
        Share { place, tree: tree.collect(), ..self.share }
    }
}

/// What has a size, or is a thing of its own: directories are where these are, and names of a file are the file.
fn counts(entry: &Entry) -> bool {
    !entry.kind.is_dir() && !matches!(entry.kind, EntryKind::Hardlink | EntryKind::Whiteout)
}

/// The step of a layer, where steps are known.
fn of_layer(explainer: &Explainer<'_>, layer: usize) -> Place {
    match explainer.lineage().and_then(|lineage| lineage.layers.get(layer)) {
        Some(node) => (Some(*node), None),
        None => (None, Some(layer)),
    }
}

/// The step that a path begins with.
fn origin(explainer: &Explainer<'_>, path: &[u8]) -> Place {
    let steps = explainer.steps(path);
    match steps.iter().rev().find(|step| step.node.is_some()) {
        Some(step) => (step.node, None),
        None => (None, steps.last().and_then(|step| step.layer)),
    }
}
