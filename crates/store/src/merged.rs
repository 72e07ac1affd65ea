//! The view of a chain of layers as one file system.

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use image::{Entry, EntryKind, path_to_string};

use crate::index::{partition, range_under};
use crate::meta::as_path;
use crate::{Index, Layer, StoreError, links};

/// Symbolic links that a path may run through (Linux' own limit).
const MAX_LINKS: usize = 40;

/// The file system that layers make when they are stacked, base first. Holds positions only; entries stay in the
/// indexes of their layers.
#[derive(Debug, Clone)]
pub struct Merged {
    layers: Vec<Layer>,
    indexes: Vec<Arc<Index>>,
    slots: Vec<Slot>,
    /// Entries that differ from those of their layer: names of a file whose first name is hidden.
    own: Vec<Entry>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Slot {
    layer: u32,
    /// Position in the layer's index, or in `own` when `is_own`.
    entry: u32,
    is_own: bool,
}

/// Where a path leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// To this path, which is there and runs through no symbolic link.
    Found(Vec<u8>),
    /// To this path, which is not there.
    Missing(Vec<u8>),
    /// In circles, or through more symbolic links than Linux follows.
    Loop,
}

impl Resolved {
    /// The path when it is there.
    pub fn found(self) -> Option<Vec<u8>> {
        match self {
            Self::Found(path) => Some(path),
            _ => None,
        }
    }
}

impl Merged {
    /// Stacks layers, base first.
    pub fn new(layers: Vec<Layer>) -> Result<Self, StoreError> {
        let indexes = layers.iter().map(Layer::index).collect::<Result<Vec<_>, _>>()?;
        let mut merged = Self { layers, indexes, slots: Vec::new(), own: Vec::new() };
        for layer in 0..merged.indexes.len() {
            merged.stack(layer);
        }
        merged.repair_links();
        Ok(merged)
    }

    fn entry(&self, slot: Slot) -> &Entry {
        let at = slot.entry as usize;
        if slot.is_own { &self.own[at] } else { &self.indexes[slot.layer as usize].entries()[at] }
    }

    /// Puts one more layer on top.
    fn stack(&mut self, layer: usize) {
        let upper = self.indexes[layer].clone();
        let len = self.slots.len();
        let mut hidden = vec![false; len];
        let mut places = Vec::with_capacity(upper.entries().len());
        let mut at = 0;
        for entry in upper.entries() {
            at = self.gallop(at, &entry.path);
            let same =
                self.slots.get(at).map(|slot| self.entry(*slot)).filter(|same| same.path == entry.path);
            if let Some(same) = same {
                hidden[at] = true;
                // Only a directory has something below it: every index holds the parents of what it holds.
                if same.kind.is_dir() && entry.kind != EntryKind::Dir {
                    let below = range_under(len, &entry.path, |at| self.at(at).path.as_slice());
                    hidden[below].fill(true);
                }
            }
            places.push(at);
        }
        let mut slots = Vec::with_capacity(len + places.len());
        let mut from = 0;
        for (number, (entry, place)) in upper.entries().iter().zip(places).enumerate() {
            slots.extend((from..place).filter(|at| !hidden[*at]).map(|at| self.slots[at]));
            from = place;
            if entry.kind != EntryKind::Whiteout {
                slots.push(Slot { layer: narrow(layer), entry: narrow(number), is_own: false });
            }
        }
        slots.extend((from..len).filter(|at| !hidden[*at]).map(|at| self.slots[at]));
        self.slots = slots;
    }

    /// The first position from `from` on whose path is not before `path`; quick when it is near.
    fn gallop(&self, from: usize, path: &[u8]) -> usize {
        let mut step = 1;
        while from + step <= self.slots.len() && self.at(from + step - 1).path.as_slice() < path {
            step *= 2;
        }
        let (low, high) = (from + step / 2, (from + step).min(self.slots.len()));
        low + partition(high.saturating_sub(low), |at| self.at(low + at).path.as_slice() < path)
    }

    /// A name of a file stays a name of that file when a higher layer replaces the first name: the next name
    /// becomes the file.
    fn repair_links(&mut self) {
        let mut firsts: BTreeMap<(u32, Vec<u8>), Vec<u8>> = BTreeMap::new();
        for at in 0..self.slots.len() {
            let slot = self.slots[at];
            let entry = self.entry(slot);
            if entry.kind != EntryKind::Hardlink {
                continue;
            }
            let target = self.position(&entry.link).map(|at| self.slots[at]);
            if target.is_some_and(|target| target.layer == slot.layer && !target.is_own) {
                continue;
            }
            let index = &self.indexes[slot.layer as usize];
            let Some(file) = index.get(&entry.link) else { continue };
            let key = (slot.layer, entry.link.clone());
            let made = match firsts.get(&key) {
                Some(first) => links::link(file, &entry.path, first),
                None => Entry { path: entry.path.clone(), ..file.clone() },
            };
            firsts.entry(key).or_insert_with(|| made.path.clone());
            self.slots[at] = Slot { entry: narrow(self.own.len()), is_own: true, ..slot };
            self.own.push(made);
        }
    }

    /// The layers, base first.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// All entries in the order of their paths; an opaque directory appears as such.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> + ExactSizeIterator {
        self.slots.iter().map(|slot| self.entry(*slot))
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The entry at a position.
    pub fn at(&self, at: usize) -> &Entry {
        self.entry(self.slots[at])
    }

    /// The position of a path, symbolic links not followed.
    pub fn position(&self, path: &[u8]) -> Option<usize> {
        let at = partition(self.slots.len(), |at| self.at(at).path.as_slice() < path);
        (at < self.slots.len() && self.at(at).path == path).then_some(at)
    }

    /// The entry of a path, symbolic links not followed; the root is the empty path and there only when a layer
    /// says something of it.
    pub fn get(&self, path: &[u8]) -> Option<&Entry> {
        self.position(path).map(|at| self.at(at))
    }

    /// The layer that an entry at a position is from, as a position in [`Self::layers`].
    pub fn layer_of(&self, at: usize) -> usize {
        self.slots[at].layer as usize
    }

    /// Positions of everything below a directory, itself not among them.
    pub fn under(&self, dir: &[u8]) -> Range<usize> {
        range_under(self.slots.len(), dir, |at| self.at(at).path.as_slice())
    }

    /// Everything below a directory.
    pub fn walk(&self, dir: &[u8]) -> impl Iterator<Item = &Entry> {
        self.under(dir).map(|at| self.at(at))
    }

    /// What is directly in a directory.
    pub fn list(&self, dir: &[u8]) -> impl Iterator<Item = &Entry> {
        let depth = dir.len() + usize::from(!dir.is_empty());
        self.walk(dir).filter(move |entry| !entry.path[depth..].contains(&b'/'))
    }

    /// Where the entry of a path is on this machine; symbolic links are not followed.
    pub fn content_path(&self, path: &[u8]) -> Option<PathBuf> {
        self.position(path).map(|at| self.content_path_at(at))
    }

    /// Where the entry at a position is on this machine.
    pub fn content_path_at(&self, at: usize) -> PathBuf {
        self.layers[self.layer_of(at)].fs_path().join(as_path(&self.at(at).path))
    }

    /// Follows the symbolic links of a path within this file system, as a process with this root would; the last
    /// component only when `follow_last` is set.
    pub fn resolve(&self, path: &[u8], follow_last: bool) -> Resolved {
        let mut rest: Vec<Vec<u8>> = split(path).rev().collect();
        let mut done: Vec<u8> = Vec::new();
        let mut links = 0;
        while let Some(part) = rest.pop() {
            if part == b".." {
                done.truncate(done.iter().rposition(|byte| *byte == b'/').unwrap_or(0));
                continue;
            }
            let next = if done.is_empty() { part } else { [&done, &b"/"[..], &part].concat() };
            match self.get(&next) {
                Some(entry) if entry.kind == EntryKind::Symlink && (follow_last || !rest.is_empty()) => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Resolved::Loop;
                    }
                    if entry.link.starts_with(b"/") {
                        done.clear();
                    }
                    rest.extend(split(&entry.link).rev());
                }
                _ => done = next,
            }
        }
        if done.is_empty() || self.position(&done).is_some() {
            Resolved::Found(done)
        } else {
            Resolved::Missing(done)
        }
    }

    /// Where a path leads whether or not it is there; `None` when it runs in circles.
    pub fn resolve_or_new(&self, path: &[u8]) -> Option<Vec<u8>> {
        match self.resolve(path, true) {
            Resolved::Found(path) | Resolved::Missing(path) => Some(path),
            Resolved::Loop => None,
        }
    }

    /// The content of a file of at most `limit` bytes, symbolic links followed.
    pub fn read_file(&self, path: &[u8], limit: u64) -> Result<Vec<u8>, StoreError> {
        let named = || format!("`/{}`", path_to_string(path));
        let missing = || StoreError::missing(named());
        let found = self.resolve(path, true).found().ok_or_else(missing)?;
        let at = self.position(&found).ok_or_else(missing)?;
        if !matches!(self.at(at).kind, EntryKind::File | EntryKind::Hardlink) {
            return Err(StoreError::refused(named(), "it is not a regular file"));
        }
        let host = self.content_path_at(at);
        let file = File::open(&host).map_err(StoreError::io("open", &host))?;
        kit::read_bounded(file, limit).map_err(StoreError::io("read", &host))
    }
}

/// The components of a path, empty ones and `.` left out.
fn split(path: &[u8]) -> impl DoubleEndedIterator<Item = Vec<u8>> {
    path.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".").map(<[u8]>::to_vec)
}

/// Layers have at most two million entries, which fits.
fn narrow(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
