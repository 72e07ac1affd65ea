//! The parts of the store that are cache, with their size and when they were used last.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use image::{Descriptor, Digest};

use crate::gc::size;
use crate::usage::files;
use crate::{LayerId, Store, cache};

/// What a part of the cache is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ItemKind {
    /// What is known of a step.
    Record,
    /// An image that a build has fetched.
    Base,
    /// A directory of a cache mount.
    Mount,
    /// A repository that sources are taken from.
    Repository,
    /// What is known of the files of a context.
    Context,
}

/// A part of the cache.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) kind: ItemKind,
    /// The file or directory that goes with it.
    pub(crate) path: PathBuf,
    /// The lock that is held while it is in use.
    pub(crate) lock: Option<PathBuf>,
    pub(crate) used: SystemTime,
    /// Bytes that are its own.
    pub(crate) own: u64,
    /// Blobs that it keeps.
    pub(crate) blobs: Vec<Digest>,
    /// Layers that it keeps.
    pub(crate) layers: Vec<LayerId>,
}

impl Item {
    /// An item that was used when `clock` was written.
    fn new(kind: ItemKind, path: PathBuf, clock: &Path) -> Self {
        let used = fs::metadata(clock).and_then(|found| found.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
        let own = size(&path);
        Self { kind, path, lock: None, used, own, blobs: Vec::new(), layers: Vec::new() }
    }

    fn under(kind: ItemKind, path: PathBuf, lock: &Path) -> Self {
        Self { lock: Some(lock.to_owned()), ..Self::new(kind, path, lock) }
    }
}

impl Store {
    /// Everything that is cache.
    pub(crate) fn cached_items(&self) -> Vec<Item> {
        let mut items: Vec<Item> =
            self.record_files().into_iter().map(|path| self.record_item(&path)).collect();
        for (path, descriptor) in self.bases() {
            items.push(self.base_item(&path, &descriptor));
        }
        for base in files(&self.root().join("mounts")) {
            let dirs = files(&base).into_iter().filter(|path| path.is_dir());
            items.extend(dirs.map(|dir| Item::under(ItemKind::Mount, dir.clone(), &with_lock(&dir))));
        }
        let repositories = files(&self.root().join("git")).into_iter().filter(|path| path.is_dir());
        items
            .extend(repositories.map(|dir| Item::under(ItemKind::Repository, dir.clone(), &with_lock(&dir))));
        let contexts = files(&self.root().join("contexts")).into_iter();
        items.extend(contexts.map(|path| Item::new(ItemKind::Context, path.clone(), &path)));
        items
    }

    fn record_item(&self, path: &Path) -> Item {
        let bytes = fs::read(path).unwrap_or_default();
        let digests = cache::unseal(&bytes).map(digests_in).unwrap_or_default();
        let layers = digests.into_iter().filter(|id| self.layer_dir(id).exists()).collect();
        Item { layers, ..Item::new(ItemKind::Record, path.to_owned(), path) }
    }

    fn base_item(&self, path: &Path, descriptor: &Descriptor) -> Item {
        let (blobs, layers) = self.closure(descriptor);
        let (blobs, layers) = (blobs.into_iter().collect(), layers.into_iter().collect());
        Item { blobs, layers, ..Item::new(ItemKind::Base, path.to_owned(), path) }
    }
}

/// `a` is locked by `a.lock`.
fn with_lock(dir: &Path) -> PathBuf {
    let mut name = dir.file_name().unwrap_or_default().to_owned();
    name.push(".lock");
    dir.with_file_name(name)
}

/// The digests that are written in a record, in any format.
fn digests_in(bytes: &[u8]) -> Vec<Digest> {
    const PREFIX: &[u8] = b"sha256:";
    let starts = bytes.windows(PREFIX.len()).enumerate().filter(|(_, window)| *window == PREFIX);
    let text = |at: usize| std::str::from_utf8(bytes.get(at + PREFIX.len()..at + PREFIX.len() + 64)?).ok();
    starts.filter_map(|(at, _)| Digest::from_hex(text(at)?).ok()).collect()
}
