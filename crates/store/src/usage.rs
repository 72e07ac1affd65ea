//! How much the store holds.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::lru::ItemKind;
use crate::{LayerId, LayerMeta, Store, StoreError};

/// What the store holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Number of names.
    pub images: u64,
    /// Number of blobs.
    pub blobs: u64,
    /// Their bytes.
    pub blob_bytes: u64,
    /// Number of unpacked layers.
    pub layers: u64,
    /// Bytes of their files.
    pub layer_bytes: u64,
    /// Number of cache records.
    pub records: u64,
    /// Their bytes.
    pub record_bytes: u64,
    /// Number of images that builds have fetched and nobody has named.
    pub bases: u64,
    /// Number of directories of cache mounts.
    pub mounts: u64,
    /// Their bytes, as the disk counts them.
    pub mount_bytes: u64,
    /// Number of repositories that sources are taken from.
    pub repositories: u64,
    /// Their bytes, as the disk counts them.
    pub repository_bytes: u64,
    /// Bytes of what is known of contexts.
    pub context_bytes: u64,
    /// Bytes of what is in the making, or was when its process was killed.
    pub temporary_bytes: u64,
}

impl Usage {
    /// All bytes.
    pub const fn total(&self) -> u64 {
        self.blob_bytes
            + self.layer_bytes
            + self.record_bytes
            + self.mount_bytes
            + self.repository_bytes
            + self.context_bytes
            + self.temporary_bytes
    }
}

impl Store {
    /// Counts what the store holds.
    pub fn usage(&self) -> Result<Usage, StoreError> {
        let mut usage = Usage { images: self.names()?.len() as u64, ..Usage::default() };
        for path in files(&self.root().join("blobs/sha256")) {
            usage.blobs += 1;
            usage.blob_bytes += fs::metadata(path).map_or(0, |found| found.len());
        }
        for id in self.layer_ids()? {
            usage.layers += 1;
            usage.layer_bytes += self.layer_size(&id);
        }
        for item in self.cached_items() {
            let (count, bytes) = match item.kind {
                ItemKind::Record => (&mut usage.records, &mut usage.record_bytes),
                ItemKind::Mount => (&mut usage.mounts, &mut usage.mount_bytes),
                ItemKind::Repository => (&mut usage.repositories, &mut usage.repository_bytes),
                ItemKind::Base => (&mut usage.bases, &mut usage.record_bytes),
                ItemKind::Context => {
                    usage.context_bytes += item.own;
                    continue;
                }
            };
            *count += 1;
            *bytes += item.own;
        }
        usage.temporary_bytes = disk_size(&self.root().join("tmp"));
        Ok(usage)
    }

    /// Bytes of the files of a layer, as its description says.
    pub(crate) fn layer_size(&self, id: &LayerId) -> u64 {
        let bytes = fs::read(self.layer_dir(id).join("meta.json")).unwrap_or_default();
        serde_json::from_slice(&bytes).map_or(0, |meta: LayerMeta| meta.size)
    }

    /// All files of cache records, sorted.
    pub(crate) fn record_files(&self) -> Vec<PathBuf> {
        // What could not be written is not there.
        let _ = self.settle();
        files(&self.root().join("cache")).iter().flat_map(|dir| files(dir)).collect()
    }
}

/// What a directory holds, sorted; nothing when it cannot be read.
pub(crate) fn files(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// Bytes that a tree takes on disk.
pub(crate) fn disk_size(dir: &Path) -> u64 {
    let size = |path: PathBuf| match fs::symlink_metadata(&path) {
        Ok(found) if found.is_dir() => disk_size(&path),
        Ok(found) => found.blocks() * 512,
        Err(_) => 0,
    };
    files(dir).into_iter().map(size).sum()
}
