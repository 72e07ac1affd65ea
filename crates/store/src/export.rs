//! Layers become blobs.

use std::borrow::Cow;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::thread;

use image::{Descriptor, Digest, Entry, EntryKind, media_type};
use kit::Hasher;
use serde::{Deserialize, Serialize};

use crate::compress::{Packing, compress};
use crate::tar_write::TarWriter;
use crate::{
    BlobWriter, Compression, Follow, Index, Layer, LayerId, Merged, Reach, Store, StoreError, images,
};

/// How a layer that was made here is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportOptions {
    /// Times after this one (seconds since 1970) become it; `None` keeps all.
    pub epoch: Option<i64>,
    /// How the blob is compressed.
    pub compression: Compression,
    /// How hard: 0 to 12 for gzip, 1 to 22 for zstd; `None` is fast (gzip as levels 1 to 4, zstd 3).
    pub level: Option<i32>,
    /// Threads that compress a large layer. The bytes do not depend on it.
    pub threads: usize,
}

impl ExportOptions {
    fn packing(&self) -> Packing {
        Packing { compression: self.compression, level: self.level, threads: self.threads }
    }
}

impl ExportOptions {
    /// The file of a layer's directory that says which blob these options give.
    pub(crate) fn file_name(&self) -> String {
        let epoch = self.epoch.map_or_else(|| "raw".to_owned(), |epoch| epoch.to_string());
        let level = self.level.map_or_else(String::new, |level| format!("-{level}"));
        format!("export-{epoch}-{}{level}", self.compression.name())
    }

    /// What such a name says of times.
    fn times_of(name: &str) -> TarTimes {
        let epoch = name.strip_prefix("export-").and_then(|rest| rest.split_once('-'));
        match epoch {
            Some(("raw", _)) => TarTimes::Kept,
            Some((epoch, _)) => epoch.parse().map_or(TarTimes::Unknown, TarTimes::Limited),
            None => TarTimes::Unknown,
        }
    }
}

/// What became of the times of a layer's entries in its tar (see [`Entry::undated`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TarTimes {
    /// They are as the index has them.
    Kept,
    /// Undated ones are this, and others at most this, in seconds since 1970.
    Limited(i64),
    /// Those of undated entries are not known: this store did not make the tar.
    Unknown,
}

/// A blob of a layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exported {
    /// Digest of the uncompressed tar.
    pub diff_id: Digest,
    /// The blob.
    pub descriptor: Descriptor,
}

/// Who looks on while a layer is packed.
#[derive(Clone, Copy)]
pub struct ExportWatch<'a> {
    /// Says when the blob is not wanted any more; the export then fails.
    pub stop: &'a dyn Fn() -> bool,
    /// Is told how far the blob is.
    pub follow: &'a Follow,
}

/// After so many bytes of a blob the disk is asked to take them.
const FLUSH: u64 = 32 << 20;
/// Small writes of headers are gathered before they are hashed.
const BUFFER: usize = 256 << 10;

impl Store {
    /// The blob of a layer. A layer from outside has the blob that it came in, whatever the options; one that was
    /// made here is packed unless the same was done before.
    pub fn export(&self, id: &LayerId, options: &ExportOptions) -> Result<Exported, StoreError> {
        self.export_watched(id, options, ExportWatch { stop: &|| false, follow: &Follow::new() })
    }

    /// The same under somebody's eyes.
    pub fn export_watched(
        &self,
        id: &LayerId,
        options: &ExportOptions,
        watch: ExportWatch<'_>,
    ) -> Result<Exported, StoreError> {
        let ends = Ends(watch.follow);
        let exported = self.known_or_packed(id, options, watch)?;
        ends.0.end(Some(&exported.descriptor));
        Ok(exported)
    }

    /// Packs layers that are small; the disk takes all of their blobs at once, which it does in hardly more time than one.
    pub fn export_together(&self, ids: &[LayerId], options: &ExportOptions) -> Result<(), StoreError> {
        let follow = Follow::new();
        let mut made = Vec::new();
        for id in ids {
            let layer = self.layer_to_export(id)?;
            if self.known_export(id, &layer, options)?.is_none() {
                let (blob, exported) =
                    self.pack(&layer, options, ExportWatch { stop: &|| false, follow: &follow })?;
                blob.begin_publishing();
                made.push((layer, blob, exported));
            }
        }
        made.into_iter()
            .try_for_each(|(layer, blob, exported)| self.keep_export(&layer, options, blob, &exported))
    }

    fn known_or_packed(
        &self,
        id: &LayerId,
        options: &ExportOptions,
        watch: ExportWatch<'_>,
    ) -> Result<Exported, StoreError> {
        let layer = self.layer_to_export(id)?;
        if let Some(known) = self.known_export(id, &layer, options)? {
            return Ok(known);
        }
        let (blob, made) = self.pack(&layer, options, watch)?;
        self.keep_export(&layer, options, blob, &made)?;
        Ok(made)
    }

    fn layer_to_export(&self, id: &LayerId) -> Result<Layer, StoreError> {
        self.layer(id)?.ok_or_else(|| StoreError::missing(format!("layer `{id}`")))
    }

    /// The blob that a layer came in or was packed as before; with the diffID that it was asked for by, if it was.
    fn known_export(
        &self,
        id: &LayerId,
        layer: &Layer,
        options: &ExportOptions,
    ) -> Result<Option<Exported>, StoreError> {
        if let Some(blob) = layer.meta()?.blob {
            if !self.has_blob(&blob.digest) {
                return Err(StoreError::missing_blob(&blob.digest));
            }
            return Ok(Some(Exported { diff_id: layer.id(), descriptor: as_oci(&blob) }));
        }
        let by_diff_id = self.exports(layer).into_iter().find(|known| known.diff_id == *id);
        Ok(by_diff_id.or_else(|| self.read_export(&layer.dir().join(options.file_name()))))
    }

    /// Publishes a blob, and remembers which layer it is of.
    fn keep_export(
        &self,
        layer: &Layer,
        options: &ExportOptions,
        blob: BlobWriter,
        made: &Exported,
    ) -> Result<(), StoreError> {
        blob.publish(&made.descriptor.digest)?;
        self.write_small(&layer.dir().join(options.file_name()), &images::to_json(made)?)?;
        let diff = self.root().join("diffs").join(made.diff_id.hex());
        self.write_small(&diff, layer.id().to_string().as_bytes())
    }

    /// What became of the times of a layer in the tar of this diffID.
    pub fn tar_times(&self, layer: &Layer, diff_id: &Digest) -> Result<TarTimes, StoreError> {
        if layer.meta()?.blob.is_some() {
            return Ok(TarTimes::Kept);
        }
        let Ok(entries) = fs::read_dir(layer.dir()) else { return Ok(TarTimes::Unknown) };
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let times = ExportOptions::times_of(&name);
            let known = (times != TarTimes::Unknown).then(|| fs::read(&path).ok()).flatten();
            let known = known.and_then(|bytes| serde_json::from_slice::<Exported>(&bytes).ok());
            if known.is_some_and(|known| known.diff_id == *diff_id) {
                return Ok(times);
            }
        }
        Ok(TarTimes::Unknown)
    }

    /// Known exports of a layer whose blobs are here.
    pub(crate) fn exports(&self, layer: &Layer) -> Vec<Exported> {
        let Ok(entries) = fs::read_dir(layer.dir()) else { return Vec::new() };
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("export-"))
        });
        paths.sort();
        paths.iter().filter_map(|path| self.read_export(path)).collect()
    }

    fn read_export(&self, path: &std::path::Path) -> Option<Exported> {
        let known: Exported = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
        self.has_blob(&known.descriptor.digest).then_some(known)
    }

    /// The blob of a layer, not published yet.
    fn pack(
        &self,
        layer: &Layer,
        options: &ExportOptions,
        watch: ExportWatch<'_>,
    ) -> Result<(BlobWriter, Exported), StoreError> {
        let index = layer.index()?;
        let mut options = *options;
        if index.is_small() {
            options.threads = 0;
        }
        let mut blob = self.blob_writer()?;
        let follow = watch.follow;
        follow.begin(blob.reader()?);
        let written = thread::scope(|scope| {
            let _ends = Ends(follow);
            if index.size() > FLUSH {
                scope.spawn(|| flush_behind(follow));
            }
            let diff_id = fill(&mut blob, layer, &index, &options, watch)?;
            let (digest, size) = blob.finish();
            let descriptor = Descriptor::new(options.compression.media_type(), digest, size);
            // From here on it can be sent to its end, while the disk still takes it.
            follow.end(Some(&descriptor));
            Ok::<_, StoreError>(Exported { diff_id, descriptor })
        })?;
        Ok((blob, written))
    }

    /// Writes whole file systems as one tar archive, each below a directory (empty for none). Times after `epoch` become
    /// it.
    pub fn write_tar(
        &self,
        trees: &[(String, &Merged)],
        out: &mut dyn Write,
        epoch: Option<i64>,
    ) -> Result<(), StoreError> {
        let mut tar = TarWriter::new(out, epoch);
        for (directory, tree) in trees {
            for at in 0..tree.len() {
                tar.entry(&below(directory, tree.at(at)), &tree.content_path_at(at))?;
            }
        }
        tar.finish()
    }
}

/// Writes the compressed tar of a layer; the tar's digest.
fn fill(
    blob: &mut BlobWriter,
    layer: &Layer,
    index: &Index,
    options: &ExportOptions,
    watch: ExportWatch<'_>,
) -> Result<Digest, StoreError> {
    let root = layer.fs_path();
    let produce = |sink: &mut dyn Write| {
        let hashing = Hashing { sink, hasher: Hasher::new(), stop: watch.stop };
        let mut hashing = BufWriter::with_capacity(BUFFER, hashing);
        let mut tar = TarWriter::new(&mut hashing, options.epoch);
        for entry in index.entries() {
            tar.layer_entry(entry, &root.join(crate::meta::as_path(&entry.path)))?;
        }
        tar.finish()?;
        let hashing = hashing.into_inner().map_err(|error| {
            let source = error.into_error();
            StoreError::Io { what: "write", path: "a layer".into(), source }
        })?;
        Ok(hashing.hasher.finish())
    };
    compress(options.packing(), &mut Followed { blob, follow: watch.follow }, produce)
}

/// Has the disk take a large blob while it is written, so that little is left when it is to be safe.
fn flush_behind(follow: &Follow) {
    let mut done = 0;
    while let Reach::Growing(size) = follow.wait(done + FLUSH) {
        // Publishing does it again, and says what is wrong.
        let _ = follow.sync();
        done = size;
    }
}

/// An entry as it stands in an archive below a directory.
fn below<'a>(directory: &str, entry: &'a Entry) -> Cow<'a, Entry> {
    let mut entry = Cow::Borrowed(entry);
    if entry.kind == EntryKind::OpaqueDir {
        entry.to_mut().kind = EntryKind::Dir;
    }
    if !directory.is_empty() {
        let join = |path: &[u8]| match path {
            [] => directory.as_bytes().to_vec(),
            path => [directory.as_bytes(), b"/", path].concat(),
        };
        let moved = entry.to_mut();
        moved.path = join(&moved.path);
        if moved.kind == EntryKind::Hardlink {
            moved.link = join(&moved.link);
        }
    }
    entry
}

/// The same blob with the OCI name of its type.
pub(crate) fn as_oci(blob: &Descriptor) -> Descriptor {
    let media_type = match blob.media_type.as_str() {
        media_type::DOCKER_LAYER_GZIP => media_type::LAYER_GZIP,
        other => other,
    };
    Descriptor::new(media_type, blob.digest, blob.size)
}

/// Ends what is followed, however the work ends.
struct Ends<'a>(&'a Follow);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.end(None);
    }
}

/// Tells how far a blob is.
struct Followed<'a> {
    blob: &'a mut BlobWriter,
    follow: &'a Follow,
}

impl Write for Followed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.blob.write(bytes)?;
        self.follow.grew(self.blob.size());
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.blob.flush()
    }
}

/// Hashes what it passes on.
struct Hashing<'a> {
    sink: &'a mut dyn Write,
    hasher: Hasher,
    stop: &'a dyn Fn() -> bool,
}

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if (self.stop)() {
            return Err(io::Error::other("it is not wanted any more"));
        }
        let count = self.sink.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}
