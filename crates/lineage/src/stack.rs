//! Which layer of a stack wrote a path, and what it changed.

use std::sync::Arc;

use image::{Entry, EntryKind};
use store::Index;

use crate::path::parent;

/// The indexes of stacked layers, base first. A layer that is not here is passed over.
#[derive(Debug, Clone, Default)]
pub struct Stack {
    layers: Vec<Option<Arc<Index>>>,
}

/// A layer that says something of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Its number, from 0.
    pub layer: usize,
    /// The entry.
    pub entry: Entry,
    /// What the layer did.
    pub change: Change,
}

/// What a layer has, and what later ones made of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Losses {
    /// Bytes of its files.
    pub added: u64,
    /// Bytes of these that a later layer replaced.
    pub overwritten: u64,
    /// Bytes of these that a later layer took away.
    pub deleted: u64,
}

/// What a layer did to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It made it.
    Added,
    /// It put something else in its place.
    Replaced,
    /// It changed mode, owner, time or attributes; what was there before is the same but for these.
    Metadata,
    /// It took it away.
    Deleted,
}

impl Stack {
    /// Stacks indexes.
    pub fn new(layers: Vec<Option<Arc<Index>>>) -> Self {
        Self { layers }
    }

    /// The layers that wrote a path that is there, the last first, down to the one that wrote its content. Layers
    /// that hold a directory as it was are left out. Empty when no layer that is here has the path.
    pub fn writers(&self, path: &[u8]) -> Vec<Hit> {
        self.writers_below(path, self.layers.len())
    }

    /// The same for the layers below `end`.
    pub(crate) fn writers_below(&self, path: &[u8], end: usize) -> Vec<Hit> {
        let mut hits = Vec::new();
        let mut next = self.visible(path, end);
        while let Some((layer, entry)) = next {
            let below = self.below(path, layer);
            let change = change(self.content(layer, entry), below.map(|(at, entry)| self.content(at, entry)));
            match change {
                // A directory that stands in a layer for the sake of what is in it.
                None => {}
                Some(change) => hits.push(Hit { layer, entry: entry.clone(), change }),
            }
            if !matches!(change, None | Some(Change::Metadata)) {
                break;
            }
            next = below;
        }
        hits
    }

    /// The layer that took away a path that is not there, and what had been there.
    pub fn deleted(&self, path: &[u8]) -> Option<(Hit, Entry)> {
        let mut taken: Option<usize> = None;
        for (layer, index) in self.layers.iter().enumerate().rev() {
            let Some(index) = index else { continue };
            if let (Some(entry), Some(taken)) = (index.get(path), taken)
                && entry.kind != EntryKind::Whiteout
            {
                let hit = Hit { layer: taken, entry: entry.clone(), change: Change::Deleted };
                return Some((hit, entry.clone()));
            }
            if hides(index, path) {
                // The lowest of several that hide it is the one that did it.
                taken = Some(layer);
            }
        }
        None
    }

    /// The entry of a path that layers below `end` show.
    pub(crate) fn visible(&self, path: &[u8], end: usize) -> Option<(usize, &Entry)> {
        for layer in (0..end).rev() {
            let Some(index) = self.layers[layer].as_deref() else { continue };
            if let Some(entry) = index.get(path) {
                return (entry.kind != EntryKind::Whiteout).then_some((layer, entry));
            }
            if hides(index, path) {
                return None;
            }
        }
        None
    }

    /// What an entry of a layer replaced.
    fn below(&self, path: &[u8], layer: usize) -> Option<(usize, &Entry)> {
        let own = self.layers[layer].as_deref()?;
        if hides(own, path) { None } else { self.visible(path, layer) }
    }

    /// The entry that has the content: of a name of a file, the file.
    fn content<'a>(&'a self, layer: usize, entry: &'a Entry) -> &'a Entry {
        let index = self.layers[layer].as_deref();
        match (entry.kind, index) {
            (EntryKind::Hardlink, Some(index)) => index.get(&entry.link).unwrap_or(entry),
            _ => entry,
        }
    }

    /// What a layer has, and what later ones made of it.
    pub fn losses(&self, layer: usize) -> Losses {
        let mut losses = Losses::default();
        let Some(index) = self.index(layer) else { return losses };
        let is_thing = |entry: &&Entry| {
            !entry.kind.is_dir() && !matches!(entry.kind, EntryKind::Hardlink | EntryKind::Whiteout)
        };
        for entry in index.entries().iter().filter(is_thing) {
            losses.added += entry.size;
            match self.visible(&entry.path, self.len()) {
                Some((at, _)) if at == layer => {}
                Some(_) => losses.overwritten += entry.size,
                None => losses.deleted += entry.size,
            }
        }
        losses
    }

    /// The index of a layer.
    pub fn index(&self, layer: usize) -> Option<&Index> {
        self.layers.get(layer)?.as_deref()
    }

    /// Number of layers.
    pub fn len(&self) -> usize {
        self.layers.len()
    }

    /// Whether there is no layer.
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }

    /// Whether all layers are here.
    pub fn is_whole(&self) -> bool {
        self.layers.iter().all(Option::is_some)
    }
}

/// Whether a layer hides what lower layers have at a path, by something above it in the tree or by a whiteout.
fn hides(index: &Index, path: &[u8]) -> bool {
    if index.get(path).is_some_and(|entry| entry.kind == EntryKind::Whiteout) {
        return true;
    }
    let mut at = parent(path);
    while let Some(dir) = at.filter(|dir| !dir.is_empty()) {
        if index.get(dir).is_some_and(|entry| entry.kind != EntryKind::Dir) {
            return true;
        }
        at = parent(dir);
    }
    false
}

/// What an entry changed of the one below; `None` when it is as it was: a directory on the way, or a file that got
/// another hard link, which a layer has to hold anew.
fn change(entry: &Entry, below: Option<&Entry>) -> Option<Change> {
    let Some(below) = below else { return Some(Change::Added) };
    let metadata = |entry: &Entry| (entry.mode, entry.uid, entry.gid, entry.xattrs.clone());
    if entry.kind.is_dir() && below.kind.is_dir() {
        let same = entry.kind == EntryKind::Dir && metadata(entry) == metadata(below);
        return (!same).then_some(Change::Metadata);
    }
    let same = entry.kind == below.kind
        && (entry.size, entry.digest, entry.rdev) == (below.size, below.digest, below.rdev)
        && entry.link == below.link;
    if same && metadata(entry) == metadata(below) && entry.mtime == below.mtime {
        return None;
    }
    Some(if same { Change::Metadata } else { Change::Replaced })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Digest;

    fn file(path: &str, content: &str, mode: u32) -> Entry {
        let mut entry = Entry::new(path, EntryKind::File, mode);
        (entry.digest, entry.size) = (Some(Digest::of(content.as_bytes())), content.len() as u64);
        entry
    }

    fn of(path: &str, kind: EntryKind) -> Entry {
        Entry::new(path, kind, 0o755)
    }

    fn stack(layers: Vec<Vec<Entry>>) -> Stack {
        Stack::new(
            layers.into_iter().map(|layer| Some(Arc::new(Index::from_entries(layer).unwrap()))).collect(),
        )
    }

    fn check(stack: &Stack, path: &str, expect: &[(usize, Change)]) {
        let hits = stack.writers(path.as_bytes());
        assert_eq!(hits.iter().map(|hit| (hit.layer, hit.change)).collect::<Vec<_>>(), expect, "{path}");
    }

    #[test]
    fn the_last_writer_is_found_and_then_who_wrote_the_content() {
        let stack = stack(vec![
            vec![of("d", EntryKind::Dir), file("d/a", "1", 0o644), file("d/b", "1", 0o644)],
            vec![of("d", EntryKind::Dir), file("d/a", "1", 0o755)],
            vec![of("d", EntryKind::Dir), file("d/a", "2", 0o755), file("d/c", "3", 0o644)],
            vec![of("d", EntryKind::Dir), file("d/a", "2", 0o700)],
        ]);
        check(&stack, "d/a", &[(3, Change::Metadata), (2, Change::Replaced)]);
        check(&stack, "d/b", &[(0, Change::Added)]);
        check(&stack, "d/c", &[(2, Change::Added)]);
        check(&stack, "d", &[(0, Change::Added)]);
        check(&stack, "x", &[]);
    }

    #[test]
    fn what_was_taken_away_is_no_predecessor() {
        let stack = stack(vec![
            vec![of("d", EntryKind::Dir), of("d/e", EntryKind::Dir), file("d/e/f", "1", 0o644)],
            vec![of("d", EntryKind::Whiteout)],
            vec![of("d", EntryKind::Dir), of("d/e", EntryKind::Dir)],
            vec![of("d", EntryKind::OpaqueDir), file("d/new", "1", 0o644)],
        ]);
        check(&stack, "d", &[(3, Change::Metadata), (2, Change::Added)]);
        let (hit, before) = stack.deleted(b"d/e").unwrap();
        assert_eq!((hit.layer, before.kind), (3, EntryKind::Dir));
        let (hit, before) = stack.deleted(b"d/e/f").unwrap();
        assert_eq!((hit.layer, before.kind), (1, EntryKind::File));
        assert!(stack.deleted(b"never").is_none());
    }

    #[test]
    fn a_file_that_a_layer_repeats_as_it_was_has_its_writer() {
        let stack = stack(vec![vec![file("a", "1", 0o644)], vec![file("a", "1", 0o644)]]);
        check(&stack, "a", &[(0, Change::Added)]);
    }

    #[test]
    fn names_of_one_file_have_its_content() {
        let mut link = of("b", EntryKind::Hardlink);
        link.link = b"a".to_vec();
        let stack = stack(vec![vec![file("a", "1", 0o644), link], vec![file("b", "1", 0o600)]]);
        check(&stack, "b", &[(1, Change::Metadata), (0, Change::Added)]);
    }
}
