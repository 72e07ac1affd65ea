//! Removes what nothing needs.
//!
//! Names keep all blobs and layers that they lead to. Cache records keep the layers that they name. Everything
//! goes in one step each (a blob by unlinking, a layer by a rename into `tmp`), so a kill leaves nothing half.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use image::{Descriptor, Digest, Index, Manifest, media_type};

use crate::usage::{disk_size, files};
use crate::{LayerId, Store, StoreError, cache, lock, locked};

/// What is collected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GcOptions {
    /// Only say what would go.
    pub dry_run: bool,
    /// Cache records and cache mounts go too.
    pub all: bool,
    /// Cache records that were not used for the longest time go until layers and blobs have at most this many
    /// bytes. What names lead to stays in any case.
    pub max_size: Option<u64>,
    /// Wait for other processes that use the store, instead of [`StoreError::Busy`].
    pub wait: bool,
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
    /// Number of cache mounts.
    pub mounts: usize,
    /// Number of leftovers of killed processes.
    pub temporary: usize,
    /// Bytes of blobs, layers and mounts.
    pub freed: u64,
}

/// What stays.
#[derive(Default)]
struct Live {
    blobs: BTreeSet<Digest>,
    layers: BTreeSet<LayerId>,
}

struct CacheRecord {
    path: PathBuf,
    used: SystemTime,
    layers: Vec<LayerId>,
}

impl Store {
    /// Removes what nothing needs. Other processes must not use the store meanwhile; threads of this process that
    /// share this handle must not either.
    pub fn gc(&self, options: &GcOptions) -> Result<GcReport, StoreError> {
        if !self.inner.lock.upgrade(options.wait)? {
            return Err(StoreError::Busy);
        }
        let result = self.collect(options);
        self.inner.lock.downgrade()?;
        result
    }

    fn collect(&self, options: &GcOptions) -> Result<GcReport, StoreError> {
        let mut live = Live::default();
        for (_, descriptor) in self.names()? {
            self.mark(&descriptor, &mut live);
        }
        let (kept, dropped) = self.divide_records(&live, options);
        live.layers.extend(kept.into_iter().flat_map(|record| record.layers));
        let mut report = GcReport::default();
        for record in dropped {
            report.records += 1;
            remove(&record.path, options)?;
        }
        self.sweep_layers(&live, options, &mut report)?;
        self.sweep_blobs(&live, options, &mut report)?;
        self.sweep_diffs(options)?;
        self.sweep_referrers(&live, options)?;
        if options.all {
            self.sweep_mounts(options, &mut report)?;
        }
        if !options.dry_run {
            report.temporary = lock::sweep(&self.root().join("tmp"))?;
            locked(&self.inner.indexes).clear();
        }
        Ok(report)
    }

    /// Marks what a descriptor leads to. What is missing or damaged is passed over: it keeps nothing.
    fn mark(&self, descriptor: &Descriptor, live: &mut Live) {
        if !self.has_blob(&descriptor.digest) || !live.blobs.insert(descriptor.digest) {
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

    /// Cache records that stay, and those that go.
    fn divide_records(&self, live: &Live, options: &GcOptions) -> (Vec<CacheRecord>, Vec<CacheRecord>) {
        let mut records: Vec<CacheRecord> =
            self.record_files().into_iter().map(|path| self.read_record(path)).collect();
        if options.all {
            return (Vec::new(), records);
        }
        let Some(max) = options.max_size else { return (records, Vec::new()) };
        records.sort_by(|a, b| b.used.cmp(&a.used).then_with(|| a.path.cmp(&b.path)));
        let blobs: u64 = live.blobs.iter().filter_map(|digest| self.blob_size(digest)).sum();
        let mut total = blobs + live.layers.iter().map(|id| self.layer_size(id)).sum::<u64>();
        let mut counted = live.layers.clone();
        let mut full = false;
        records.into_iter().partition(|record| {
            let fresh: Vec<LayerId> =
                record.layers.iter().filter(|id| counted.insert(**id)).copied().collect();
            total += fresh.iter().map(|id| self.layer_size(id)).sum::<u64>();
            full |= total > max;
            !full
        })
    }

    fn read_record(&self, path: PathBuf) -> CacheRecord {
        let used = fs::metadata(&path).and_then(|found| found.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
        let bytes = fs::read(&path).unwrap_or_default();
        let digests = cache::unseal(&bytes).map(digests_in).unwrap_or_default();
        let layers = digests.into_iter().filter(|id| self.layer_dir(id).exists()).collect();
        CacheRecord { path, used, layers }
    }

    fn sweep_layers(
        &self,
        live: &Live,
        options: &GcOptions,
        report: &mut GcReport,
    ) -> Result<(), StoreError> {
        for id in self.layer_ids()?.into_iter().filter(|id| !live.layers.contains(id)) {
            report.layers += 1;
            report.freed += self.layer_size(&id);
            self.discard(&self.layer_dir(&id), options)?;
        }
        Ok(())
    }

    fn sweep_blobs(&self, live: &Live, options: &GcOptions, report: &mut GcReport) -> Result<(), StoreError> {
        for path in files(&self.root().join("blobs/sha256")) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if Digest::from_hex(&name).is_ok_and(|digest| live.blobs.contains(&digest)) {
                continue;
            }
            report.blobs += 1;
            report.freed += fs::metadata(&path).map_or(0, |found| found.len());
            remove(&path, options)?;
        }
        Ok(())
    }

    /// Removes what leads from diffIDs to layers that have gone.
    fn sweep_diffs(&self, options: &GcOptions) -> Result<(), StoreError> {
        for path in files(&self.root().join("diffs")) {
            let id = fs::read_to_string(&path).ok().and_then(|text| text.trim().parse::<Digest>().ok());
            if !id.is_some_and(|id| self.layer_dir(&id).exists()) {
                remove(&path, options)?;
            }
        }
        Ok(())
    }

    /// Removes what is said of manifests that have gone.
    fn sweep_referrers(&self, live: &Live, options: &GcOptions) -> Result<(), StoreError> {
        for path in files(&self.root().join("referrers")) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !Digest::from_hex(&name).is_ok_and(|digest| live.blobs.contains(&digest)) {
                self.discard(&path, options)?;
            }
        }
        Ok(())
    }

    fn sweep_mounts(&self, options: &GcOptions, report: &mut GcReport) -> Result<(), StoreError> {
        for path in files(&self.root().join("mounts")) {
            report.mounts += 1;
            report.freed += disk_size(&path);
            self.discard(&path, options)?;
        }
        for dir in ["contexts", "git"] {
            for path in files(&self.root().join(dir)) {
                report.freed += disk_size(&path);
                self.discard(&path, options)?;
            }
        }
        Ok(())
    }

    /// Takes a tree out of sight in one step and then removes it.
    fn discard(&self, path: &Path, options: &GcOptions) -> Result<(), StoreError> {
        if options.dry_run {
            return Ok(());
        }
        let away = self.fresh()?;
        fs::rename(path, &away).map_err(StoreError::io("remove", path))?;
        let removed = fs::remove_dir_all(&away).or_else(|_| fs::remove_file(&away));
        removed.map_err(StoreError::io("remove", path))
    }
}

fn remove(path: &Path, options: &GcOptions) -> Result<(), StoreError> {
    if options.dry_run {
        return Ok(());
    }
    fs::remove_file(path).map_err(StoreError::io("remove", path))
}

/// The digests that are written in a record, in any format.
fn digests_in(bytes: &[u8]) -> Vec<Digest> {
    const PREFIX: &[u8] = b"sha256:";
    let starts = bytes.windows(PREFIX.len()).enumerate().filter(|(_, window)| *window == PREFIX);
    let text = |at: usize| std::str::from_utf8(bytes.get(at + PREFIX.len()..at + PREFIX.len() + 64)?).ok();
    starts.filter_map(|(at, _)| Digest::from_hex(text(at)?).ok()).collect()
}
