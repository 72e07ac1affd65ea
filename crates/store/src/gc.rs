//! Removes what nothing needs.
//!
//! Names keep all blobs and layers that they lead to, and so does what other processes use at the moment. Everything
//! else is cache: records with the layers that they name, bases that builds have fetched, cache mounts, repositories,
//! what is known of contexts. Of it, what was not used for the longest time goes first. Each thing goes in one step (a
//! file by unlinking, a tree by a rename into `tmp`), so a kill leaves nothing half.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use image::{Descriptor, Digest, Index, Manifest, media_type};

use crate::lru::{Item, ItemKind};
use crate::usage::{disk_size, files};
use crate::{LayerId, Store, StoreError, lock, locked};

/// What is collected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GcOptions {
    /// Only say what would go.
    pub dry_run: bool,
    /// The whole cache goes.
    pub all: bool,
    /// What was not used for the longest time goes until the store has at most this many bytes. What names lead to
    /// and what is in use stays in any case.
    pub max_size: Option<u64>,
    /// What was used since then stays; without a size, what was not goes.
    pub keep_since: Option<SystemTime>,
}

/// What went, or would go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GcReport {
    /// Number of blobs.
    pub blobs: usize,
    /// Number of layers.
    pub layers: usize,
    /// Number of cache records.
    pub records: usize,
    /// Number of bases that builds have fetched.
    pub bases: usize,
    /// Number of cache mounts.
    pub mounts: usize,
    /// Number of repositories.
    pub repositories: usize,
    /// Number of leftovers of killed processes.
    pub temporary: usize,
    /// Bytes of all of it.
    pub freed: u64,
    /// Bytes that stay.
    pub left: u64,
    /// Bytes of what names lead to and of what other processes use, which stay whatever was asked for.
    pub needed: u64,
}

/// What stays.
#[derive(Default)]
struct Live {
    blobs: BTreeSet<Digest>,
    layers: BTreeSet<LayerId>,
}

/// A collection on its way.
struct Collection<'a> {
    store: &'a Store,
    options: &'a GcOptions,
    report: GcReport,
    /// Trees that are out of sight and still have to be removed.
    away: Vec<PathBuf>,
}

impl Store {
    /// Removes what nothing needs. Other processes may go on meanwhile: what they use stays. Threads of this process
    /// that share this handle must not use the store.
    pub fn gc(&self, options: &GcOptions) -> Result<GcReport, StoreError> {
        self.pause_pins(true);
        let result = self.collect(options);
        self.pause_pins(false);
        result
    }

    fn collect(&self, options: &GcOptions) -> Result<GcReport, StoreError> {
        let mut collection =
            Collection { store: self, options, report: GcReport::default(), away: Vec::new() };
        if !options.dry_run {
            collection.report.temporary = lock::sweep(&self.root().join("tmp"))?;
        }
        // What takes long to count is counted before anybody has to wait.
        let items = self.cached_items();
        let held = self.lock_pins()?;
        let result = collection.run(items);
        drop(held);
        for tree in &collection.away {
            // What cannot be removed now is removed by the next writer.
            let _ = fs::remove_dir_all(tree).or_else(|_| fs::remove_file(tree));
        }
        locked(&self.inner.indexes).clear();
        result.map(|()| collection.report)
    }

    /// The digests of layers and blobs that a descriptor leads to.
    pub(crate) fn closure(&self, descriptor: &Descriptor) -> (BTreeSet<Digest>, BTreeSet<LayerId>) {
        let mut live = Live::default();
        self.mark(descriptor, &mut live);
        (live.blobs, live.layers)
    }

    /// Marks what a descriptor leads to. What is missing or damaged is passed over: it keeps nothing.
    fn mark(&self, descriptor: &Descriptor, live: &mut Live) {
        if !self.blob_file(&descriptor.digest).exists() || !live.blobs.insert(descriptor.digest) {
            return;
        }
        self.referrers(&descriptor.digest).iter().for_each(|referrer| self.mark(referrer, live));
        if media_type::is_index(&descriptor.media_type) {
            let index = self.document::<Index>(descriptor, "index");
            index.iter().flat_map(|index| &index.manifests).for_each(|entry| self.mark(entry, live));
            return;
        }
        let Ok(manifest) = self.document::<Manifest>(descriptor, "manifest") else { return };
        live.blobs.insert(manifest.config.digest);
        live.blobs.extend(manifest.layers.iter().map(|layer| layer.digest));
        let Ok(config) = self.config(&manifest) else { return };
        for diff_id in &config.rootfs.diff_ids {
            live.layers.extend(self.layer(diff_id).ok().flatten().map(|layer| layer.id()));
        }
    }

    fn size_of(&self, live: &Live) -> u64 {
        let blobs = live.blobs.iter().filter_map(|digest| self.blob_size(digest));
        let layers = live.layers.iter().map(|id| self.layer_size(id));
        blobs.sum::<u64>() + layers.sum::<u64>()
    }
}

impl Collection<'_> {
    fn run(&mut self, items: Vec<Item>) -> Result<(), StoreError> {
        let mut live = Live::default();
        for (_, descriptor) in self.store.names()? {
            self.store.mark(&descriptor, &mut live);
        }
        // A pin may be the digest of either.
        let pinned = self.store.pinned();
        live.blobs.extend(&pinned);
        live.layers.extend(&pinned);
        self.report.needed = self.store.size_of(&live);
        let (kept, dropped) = self.divide(items, &live);
        let mut left = 0;
        for item in kept {
            live.blobs.extend(item.blobs);
            live.layers.extend(item.layers);
            left += item.own;
        }
        // Files come first: unlinking them needs no space on a full disk.
        for item in &dropped {
            left += self.drop_item(item)?;
        }
        self.sweep_blobs(&live)?;
        self.sweep_layers(&live)?;
        self.sweep_referrers(&live)?;
        self.report.left = left + self.store.size_of(&live);
        Ok(())
    }

    /// What stays of the cache, and what goes.
    fn divide(&self, mut items: Vec<Item>, live: &Live) -> (Vec<Item>, Vec<Item>) {
        items.sort_by(|a, b| b.used.cmp(&a.used).then_with(|| a.path.cmp(&b.path)));
        let (mut blobs, mut layers) = (live.blobs.clone(), live.layers.clone());
        let (mut total, mut full) = (self.report.needed, false);
        let GcOptions { all, max_size, keep_since, .. } = *self.options;
        items.into_iter().partition(|item| {
            let fresh_blobs = item.blobs.iter().filter(|blob| !blobs.contains(blob));
            let fresh_layers = item.layers.iter().filter(|layer| !layers.contains(layer));
            let size = item.own
                + fresh_blobs.filter_map(|blob| self.store.blob_size(blob)).sum::<u64>()
                + fresh_layers.map(|layer| self.store.layer_size(layer)).sum::<u64>();
            let stays = match (keep_since, max_size) {
                (Some(since), _) if item.used >= since => true,
                _ if all => false,
                (_, Some(max)) => {
                    full |= total + size > max;
                    !full
                }
                (since, None) => since.is_none(),
            };
            if stays {
                total += size;
                blobs.extend(&item.blobs);
                layers.extend(&item.layers);
            }
            stays
        })
    }

    /// Removes a thing of the cache; the bytes that stay because somebody uses it.
    fn drop_item(&mut self, item: &Item) -> Result<u64, StoreError> {
        // Mounts and repositories are in use as long as their lock is held.
        let held = match &item.lock {
            None => None,
            Some(path) => match lock::FileLock::attempt(path, false)? {
                Some(held) => Some(held),
                None => return Ok(item.own),
            },
        };
        match item.kind {
            ItemKind::Record => self.report.records += 1,
            ItemKind::Base => self.report.bases += 1,
            ItemKind::Mount => self.report.mounts += 1,
            ItemKind::Repository => self.report.repositories += 1,
            ItemKind::Context => {}
        }
        self.report.freed += item.own;
        if item.path.is_dir() {
            self.discard(&item.path)?;
        } else {
            self.remove(&item.path)?;
        }
        drop(held);
        Ok(0)
    }

    fn sweep_blobs(&mut self, live: &Live) -> Result<(), StoreError> {
        for path in files(&self.store.root().join("blobs/sha256")) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if Digest::from_hex(&name).is_ok_and(|digest| live.blobs.contains(&digest)) {
                continue;
            }
            self.report.blobs += 1;
            self.report.freed += fs::metadata(&path).map_or(0, |found| found.len());
            self.remove(&path)?;
        }
        Ok(())
    }

    fn sweep_layers(&mut self, live: &Live) -> Result<(), StoreError> {
        for id in self.store.layer_ids()?.into_iter().filter(|id| !live.layers.contains(id)) {
            self.report.layers += 1;
            self.report.freed += self.store.layer_size(&id);
            self.discard(&self.store.layer_dir(&id))?;
        }
        self.sweep_diffs()
    }

    /// Removes what leads from diffIDs to layers that have gone.
    fn sweep_diffs(&self) -> Result<(), StoreError> {
        for path in files(&self.store.root().join("diffs")) {
            let id = fs::read_to_string(&path).ok().and_then(|text| text.trim().parse::<Digest>().ok());
            if !id.is_some_and(|id| self.store.layer_dir(&id).exists()) {
                self.remove(&path)?;
            }
        }
        Ok(())
    }

    /// Removes what is said of manifests that have gone.
    fn sweep_referrers(&mut self, live: &Live) -> Result<(), StoreError> {
        for path in files(&self.store.root().join("referrers")) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !Digest::from_hex(&name).is_ok_and(|digest| live.blobs.contains(&digest)) {
                self.discard(&path)?;
            }
        }
        Ok(())
    }

    /// Takes a tree out of sight in one step; it is removed when nobody has to wait for it.
    fn discard(&mut self, path: &Path) -> Result<(), StoreError> {
        if self.options.dry_run {
            return Ok(());
        }
        // Without a directory of this process: making one may fail on a full disk.
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = format!("gone.{}.{}.{name}", std::process::id(), self.away.len());
        let away = self.store.root().join("tmp").join(name);
        fs::rename(path, &away).map_err(StoreError::io("remove", path))?;
        self.away.push(away);
        Ok(())
    }

    fn remove(&self, path: &Path) -> Result<(), StoreError> {
        if self.options.dry_run {
            return Ok(());
        }
        match fs::remove_file(path) {
            // Another process was faster.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            other => other.map_err(StoreError::io("remove", path)),
        }
    }
}

/// Bytes that a file or tree takes.
pub(crate) fn size(path: &Path) -> u64 {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => disk_size(path),
        Ok(found) => found.len(),
        Err(_) => 0,
    }
}
