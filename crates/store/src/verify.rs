//! Checks everything that the store holds against its names.

use std::fmt;
use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use image::{Digest, Entry, EntryKind, path_to_string};

use crate::copy::hash_file;
use crate::meta::as_path;
use crate::usage::files;
use crate::{Index, Layer, LayerId, Store, StoreError, cache, parallel};

/// Damages of one layer that are told one by one.
const MAX_TOLD: usize = 10;

/// A damage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is damaged.
    pub what: String,
    /// How it shows.
    pub detail: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.detail)
    }
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Damages; none in a store that is whole.
    pub problems: Vec<Problem>,
    /// Number of blobs.
    pub blobs: usize,
    /// Number of layers.
    pub layers: usize,
    /// Number of names.
    pub images: usize,
    /// Number of cache records.
    pub records: usize,
    /// Cache records that are damaged. They are misses and harm nothing.
    pub torn_records: usize,
    /// Bytes that were read and compared with their digest.
    pub bytes: u64,
}

impl Store {
    /// Reads everything and compares it with its digests: blobs, indexes and files of layers; and what names lead
    /// to. Layers of an image that were never fetched are no damage.
    pub fn verify(&self) -> Result<VerifyReport, StoreError> {
        let mut report = VerifyReport::default();
        self.verify_blobs(&mut report)?;
        for id in self.layer_ids()? {
            report.layers += 1;
            self.verify_layer(&id, &mut report);
        }
        self.verify_names(&mut report);
        for path in self.record_files() {
            report.records += 1;
            let whole = fs::read(&path).is_ok_and(|bytes| cache::unseal(&bytes).is_some());
            report.torn_records += usize::from(!whole);
        }
        Ok(report)
    }

    fn verify_blobs(&self, report: &mut VerifyReport) -> Result<(), StoreError> {
        let paths = files(&self.root().join("blobs/sha256"));
        report.blobs = paths.len();
        let hashes = parallel::map(&paths, |path| hash_file(path).map_err(StoreError::io("read", path)))?;
        for (path, (digest, size)) in paths.iter().zip(hashes) {
            report.bytes += size;
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name != digest.hex() {
                let detail = format!("its content has the digest `{digest}`");
                report.problems.push(Problem { what: format!("blob `{name}`"), detail });
            }
        }
        Ok(())
    }

    fn verify_layer(&self, id: &LayerId, report: &mut VerifyReport) {
        let what = format!("layer `{id}`");
        let mut problem = |detail: String| report.problems.push(Problem { what: what.clone(), detail });
        let checked = match self.open_layer(id) {
            Ok(checked) => checked,
            Err(detail) => return problem(detail),
        };
        let (layer, index, reduced) = checked;
        let paths: Vec<&Entry> = index.entries().iter().collect();
        let results =
            parallel::map(&paths, |entry| Ok::<_, ()>(check_entry(&layer.fs_path(), entry, reduced)));
        let results = results.unwrap_or_default();
        report.bytes += results.iter().flatten().sum::<u64>();
        let bad: Vec<&String> = results.iter().filter_map(|result| result.as_ref().err()).collect();
        for detail in bad.iter().take(MAX_TOLD) {
            report.problems.push(Problem { what: what.clone(), detail: (*detail).clone() });
        }
        if bad.len() > MAX_TOLD {
            let detail = format!("and {} more files", bad.len() - MAX_TOLD);
            report.problems.push(Problem { what, detail });
        }
    }

    /// Reads the index anew, past what this process remembers.
    fn open_layer(&self, id: &LayerId) -> Result<(Layer, Index, bool), String> {
        let layer = self.layer(id).map_err(|error| error.to_string())?.ok_or("it has no index")?;
        let meta = layer.meta().map_err(|error| error.to_string())?;
        let bytes = fs::read(layer.dir().join("index")).map_err(|error| error.to_string())?;
        if Digest::of(&bytes) != meta.index {
            return Err("its index is not the one that was written".to_owned());
        }
        let index = Index::decode(&bytes).map_err(|error| error.to_string())?;
        if meta.blob.is_none() && index.identity() != *id {
            return Err("its index does not have its identity".to_owned());
        }
        Ok((layer, index, meta.reduced > 0))
    }

    fn verify_names(&self, report: &mut VerifyReport) {
        let records = files(&self.root().join("images"));
        report.images = records.len();
        let names = self.names().unwrap_or_default();
        if names.len() != records.len() {
            let detail = format!("{} of them cannot be read", records.len() - names.len());
            report.problems.push(Problem { what: "image records".to_owned(), detail });
        }
        for (name, descriptor) in names {
            let broken = match self.some_manifest(&descriptor) {
                _ if !self.has_blob(&descriptor.digest) => Some("its manifest is not in the store"),
                None => Some("no manifest that it leads to is in the store"),
                Some(manifest) => {
                    self.config(&manifest).is_err().then_some("its configuration cannot be read")
                }
            };
            if let Some(detail) = broken {
                let what = format!("image `{}`", name.familiar());
                report.problems.push(Problem { what, detail: detail.to_owned() });
            }
        }
    }
}

/// Compares a file with its entry; the bytes that were read.
fn check_entry(root: &Path, entry: &Entry, reduced: bool) -> Result<u64, String> {
    let name = || format!("`/{}`", path_to_string(&entry.path));
    let path = root.join(as_path(&entry.path));
    let is_device = matches!(entry.kind, EntryKind::CharDevice | EntryKind::BlockDevice);
    let found = match fs::symlink_metadata(&path) {
        Ok(found) => found,
        Err(_) if reduced && (is_device || entry.kind == EntryKind::Hardlink) => return Ok(0),
        Err(error) => return Err(format!("{}: {error}", name())),
    };
    let kind = found.file_type();
    let fits = match entry.kind {
        EntryKind::File => kind.is_file(),
        EntryKind::Dir | EntryKind::OpaqueDir => kind.is_dir(),
        EntryKind::Symlink => {
            fs::read_link(&path).is_ok_and(|link| link.as_os_str().as_encoded_bytes() == entry.link)
        }
        EntryKind::Hardlink => fs::symlink_metadata(root.join(as_path(&entry.link)))
            .is_ok_and(|first| (first.dev(), first.ino()) == (found.dev(), found.ino())),
        EntryKind::Whiteout => kind.is_char_device() && found.rdev() == 0,
        EntryKind::CharDevice => kind.is_char_device(),
        EntryKind::BlockDevice => kind.is_block_device(),
        EntryKind::Fifo => kind.is_fifo(),
    };
    if !fits {
        return Err(format!("{} is not what its index says", name()));
    }
    if entry.kind != EntryKind::File {
        return Ok(0);
    }
    let (digest, size) = hash_file(&path).map_err(|error| format!("{}: {error}", name()))?;
    if entry.digest != Some(digest) || entry.size != size {
        return Err(format!("the content of {} changed", name()));
    }
    Ok(size)
}
