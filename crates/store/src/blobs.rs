//! Blobs by digest.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::PathBuf;

use image::{Descriptor, Digest};
use kit::{Hasher, VerifyReader};
use rustix::fs::{Advice, fadvise};

use crate::{Store, StoreError};

/// A verifying reader of a blob: its end is an error when size or digest differ.
pub type BlobReader = VerifyReader<File>;

impl Store {
    /// Whether a blob is here.
    pub fn has_blob(&self, digest: &Digest) -> bool {
        self.blob_path(digest).exists()
    }

    /// Where a blob is or would be. It is not collected while this store is open.
    pub fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.pin(digest);
        self.blob_file(digest)
    }

    /// Where a blob is or would be.
    pub(crate) fn blob_file(&self, digest: &Digest) -> PathBuf {
        self.root().join("blobs/sha256").join(digest.hex())
    }

    /// Reads a whole blob of at most `limit` bytes, verified.
    pub fn read_blob(&self, descriptor: &Descriptor, limit: u64) -> Result<Vec<u8>, StoreError> {
        if descriptor.size > limit {
            let why = format!("it has {} bytes, and at most {limit} are allowed here", descriptor.size);
            return Err(StoreError::refused(format!("blob `{}`", descriptor.digest), why));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(descriptor.size).unwrap_or_default().min(1 << 20));
        self.open_blob(descriptor)?.read_to_end(&mut bytes).map_err(|error| damaged(descriptor, &error))?;
        Ok(bytes)
    }

    /// Opens a blob; what is read is verified at its end.
    pub fn open_blob(&self, descriptor: &Descriptor) -> Result<BlobReader, StoreError> {
        let path = self.blob_path(&descriptor.digest);
        match File::open(&path) {
            Ok(file) => Ok(VerifyReader::new(file, descriptor.digest, Some(descriptor.size))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(StoreError::missing_blob(&descriptor.digest))
            }
            Err(error) => Err(StoreError::io("open", &path)(error)),
        }
    }

    /// Stores bytes that are at hand.
    pub fn put_blob(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        let digest = Digest::of(bytes);
        if !self.has_blob(&digest) {
            let mut writer = self.blob_writer()?;
            writer.write_all(bytes).map_err(StoreError::io("write", &writer.path.clone()))?;
            writer.commit(Some((digest, Some(bytes.len() as u64))))?;
        }
        Ok(digest)
    }

    /// Begins a blob whose digest is not known yet.
    pub fn blob_writer(&self) -> Result<BlobWriter, StoreError> {
        let path = self.fresh()?;
        let file = File::create_new(&path).map_err(StoreError::io("create", &path))?;
        Ok(BlobWriter { store: self.clone(), file: Some(file), path, hasher: Hasher::new(), size: 0 })
    }

    /// The size of a blob in bytes.
    pub(crate) fn blob_size(&self, digest: &Digest) -> Option<u64> {
        fs::metadata(self.blob_file(digest)).ok().map(|found| found.len())
    }
}

fn damaged(descriptor: &Descriptor, error: &io::Error) -> StoreError {
    StoreError::corrupt(format!("blob `{}`", descriptor.digest), error)
}

/// A blob in the making; dropped without a commit it leaves nothing.
pub struct BlobWriter {
    store: Store,
    file: Option<File>,
    path: PathBuf,
    hasher: Hasher,
    size: u64,
}

impl BlobWriter {
    /// Publishes what was written; digest and size. With `expected` a blob of another digest or size is refused.
    pub fn commit(mut self, expected: Option<(Digest, Option<u64>)>) -> Result<(Digest, u64), StoreError> {
        let (digest, size) = self.finish();
        if let Some((wanted, wanted_size)) = expected {
            let what = || format!("blob `{wanted}`");
            if let Some(wanted_size) = wanted_size.filter(|wanted_size| *wanted_size != size) {
                return Err(StoreError::corrupt(what(), format!("expected {wanted_size} bytes, got {size}")));
            }
            if wanted != digest {
                return Err(StoreError::corrupt(what(), format!("got content with digest `{digest}`")));
            }
        }
        self.publish(&digest)?;
        Ok((digest, size))
    }

    /// Digest and size of what was written; nothing more is.
    pub(crate) fn finish(&mut self) -> (Digest, u64) {
        (std::mem::take(&mut self.hasher).finish(), self.size)
    }

    /// What was written, to be read while more comes.
    pub(crate) fn reader(&self) -> Result<File, StoreError> {
        File::open(&self.path).map_err(StoreError::io("open", &self.path))
    }

    /// Bytes written so far.
    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    /// Has the disk begin to take what was written.
    pub(crate) fn begin_publishing(&self) {
        // Publishing waits for the end of it, and says what is wrong.
        let _ = self.file.as_ref().map(|file| fadvise(file, 0, None, Advice::DontNeed));
    }

    /// Gives it its name.
    pub(crate) fn publish(mut self, digest: &Digest) -> Result<(), StoreError> {
        let Some(file) = self.file.take() else { return Ok(()) };
        let target = self.store.blob_path(digest);
        if target.exists() {
            // The same content is there already; dropping removes ours.
            return Ok(());
        }
        file.sync_data().map_err(StoreError::io("write", &self.path))?;
        fs::rename(&self.path, &target).map_err(StoreError::io("write", &target))
    }
}

impl Write for BlobWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(file) = &mut self.file else { return Err(io::Error::other("the blob is finished")) };
        let count = file.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        self.size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for BlobWriter {
    fn drop(&mut self) {
        // It has been renamed when it was published; else nobody needs it.
        let _ = fs::remove_file(&self.path);
    }
}
