//! Blobs become layers.

mod decompress;
mod extract;
mod gunzip;
mod skip;
mod tar_read;

use std::io::Read;
use std::path::Path;

use image::{Descriptor, Digest, Entry};

pub use decompress::decompress;
pub(crate) use decompress::{Format, ahead, in_background, sniff};
pub(crate) use extract::Extract;
pub(crate) use skip::{Section, Skip, Stream};
pub use tar_read::{TarHeader, TarKind};
pub(crate) use tar_read::{TarReader, is_header};

use crate::lock::FileLock;
use crate::{Flavor, Index, Layer, Store, StoreError, links};

/// The most that an archive may unpack to, in bytes.
pub(crate) const MAX_UNPACKED: u64 = 64 << 30;

/// The most entries that an archive may have.
pub(crate) const MAX_ENTRIES: usize = 2_000_000;

impl Store {
    /// Unpacks a blob of the store into a layer whose id is `diff_id`; digest and size of the blob, and `diff_id`,
    /// are checked. Callers in other threads and processes that ask for the same layer wait and get it.
    pub fn unpack(&self, blob: &Descriptor, diff_id: &Digest) -> Result<Layer, StoreError> {
        if let Some(layer) = self.layer(diff_id)? {
            return Ok(layer);
        }
        let path = self.root().join("tmp").join(format!("unpack-{}.lock", diff_id.hex()));
        let lock = FileLock::wait(&path, false)?;
        let result = self.unpack_held(blob, diff_id);
        lock.remove();
        result
    }

    fn unpack_held(&self, blob: &Descriptor, diff_id: &Digest) -> Result<Layer, StoreError> {
        if let Some(layer) = self.layer(diff_id)? {
            return Ok(layer);
        }
        let work = self.work()?;
        let what = format!("layer blob `{}`", blob.digest);
        let reader = self.open_blob(blob)?;
        let (unpacked, found) = extract(reader, &work.fs(), Some(self.flavor()), &what)?;
        if found != *diff_id {
            return Err(StoreError::corrupt(what, format!("its diffID is `{found}` and not `{diff_id}`")));
        }
        let index = Index::from_entries(unpacked.entries)?;
        self.publish(work, index, *diff_id, Some(blob.clone()), unpacked.reduced)
    }
}

/// What came out of an archive.
pub(crate) struct Unpacked {
    /// Sorted by path, hard links in canonical form.
    pub(crate) entries: Vec<Entry>,
    /// Entries whose owner or node could not be made.
    pub(crate) reduced: u64,
}

/// Unpacks an archive of any compression into the directory `target`; what came out, and the digest of the
/// uncompressed archive. With `layer` the marks of whiteouts are understood and written for that flavor.
pub(crate) fn extract(
    source: impl Read + Send,
    target: &Path,
    layer: Option<Flavor>,
    what: &str,
) -> Result<(Unpacked, Digest), StoreError> {
    let run = |reader: &mut dyn Read| -> Result<Unpacked, Failure> {
        let mut extract = Extract::new(target, layer)?;
        let mut tar = TarReader::new(reader);
        while let Some(header) = tar.next()? {
            extract.entry(header, &mut tar)?;
        }
        let (entries, reduced) = extract.finish()?;
        Ok(Unpacked { entries: links::group(entries), reduced })
    };
    in_background(source, MAX_UNPACKED, run).map_err(|failure| match failure {
        Failure::Input(error) => StoreError::refused(what, error),
        Failure::Store(error) => error,
    })
}

/// Tells failures of the input from those of the store.
pub(crate) enum Failure {
    Input(std::io::Error),
    Store(StoreError),
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Input(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
