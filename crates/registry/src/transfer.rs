//! Where blobs go to and come from, and who is told about it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;

use image::Descriptor;
use kit::Digest;

use crate::{Cancel, ErrorKind, RegistryError, Result};

/// Takes the bytes of one blob, in order.
pub trait BlobSink {
    /// Bytes held so far: where a transfer goes on.
    fn len(&self) -> u64;

    /// Whether nothing is held yet.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes more bytes, all of them or none.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Drops everything held, for a start from zero.
    fn reset(&mut self) -> io::Result<()>;
}

/// A sink in memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VecSink(pub Vec<u8>);

impl BlobSink for VecSink {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn reset(&mut self) -> io::Result<()> {
        self.0.clear();
        Ok(())
    }
}

/// Gives the bytes of one blob, as often as a transfer must start again.
pub trait BlobSource: Sync {
    /// Opens the content at `offset` bytes from its start.
    fn open_at(&self, offset: u64) -> io::Result<Box<dyn Read + Send + '_>>;
}

impl BlobSource for [u8] {
    fn open_at(&self, offset: u64) -> io::Result<Box<dyn Read + Send + '_>> {
        let at = usize::try_from(offset).unwrap_or(usize::MAX).min(self.len());
        Ok(Box::new(&self[at..]))
    }
}

impl BlobSource for Vec<u8> {
    fn open_at(&self, offset: u64) -> io::Result<Box<dyn Read + Send + '_>> {
        self.as_slice().open_at(offset)
    }
}

impl<F> BlobSource for F
where
    F: Fn(u64) -> io::Result<Box<dyn Read + Send>> + Sync,
{
    fn open_at(&self, offset: u64) -> io::Result<Box<dyn Read + Send + '_>> {
        self(offset)
    }
}

/// How much of a blob there is to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// So many bytes, and more will come.
    Growing(u64),
    /// All of it.
    Whole(Box<Descriptor>),
}

/// A blob that is sent while it is made. What can be opened is what was said to be there.
pub trait GrowingSource: BlobSource {
    /// Blocks until there are `size` bytes or the whole. An error when it will never be whole.
    fn wait(&self, size: u64) -> io::Result<Reach>;
}

/// A source that is a file.
#[derive(Debug, Clone)]
pub struct FileSource(pub PathBuf);

impl BlobSource for FileSource {
    fn open_at(&self, offset: u64) -> io::Result<Box<dyn Read + Send + '_>> {
        let mut file = File::open(&self.0)?;
        file.seek(SeekFrom::Start(offset))?;
        Ok(Box::new(file))
    }
}

/// Is told how far a transfer is, from the thread that does it.
pub trait Progress: Sync {
    /// `done` of `total` bytes of the blob are there. The same blob may go back when it starts again.
    fn advance(&self, digest: &Digest, done: u64, total: u64);

    /// Whether the transfer is to stop now; it then ends with [`crate::ErrorKind::Cancelled`].
    fn cancelled(&self) -> bool {
        false
    }
}

impl<F: Fn(&Digest, u64, u64) + Sync> Progress for F {
    fn advance(&self, digest: &Digest, done: u64, total: u64) {
        self(digest, done, total);
    }
}

/// Nobody wants to know.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn advance(&self, _: &Digest, _: u64, _: u64) {}
}

/// A progress that also stops a transfer once `cancel` is set.
pub struct WithCancel<'a> {
    /// Who is told.
    pub progress: &'a dyn Progress,
    /// The switch.
    pub cancel: &'a Cancel,
}

impl Progress for WithCancel<'_> {
    fn advance(&self, digest: &Digest, done: u64, total: u64) {
        self.progress.advance(digest, done, total);
    }

    fn cancelled(&self) -> bool {
        self.cancel.is_set() || self.progress.cancelled()
    }
}

/// A piece of a blob that goes into one request.
pub(crate) struct Part<'a> {
    pub(crate) source: &'a dyn BlobSource,
    /// The blob, once its digest is known; before, nobody is told of progress.
    pub(crate) blob: Option<&'a Descriptor>,
    pub(crate) offset: u64,
    pub(crate) len: u64,
    pub(crate) progress: &'a dyn Progress,
}

impl net::Payload for Part<'_> {
    fn size(&self) -> u64 {
        self.len
    }

    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        let reader = self.source.open_at(self.offset)?;
        Ok(Box::new(Feed { part: self, reader, done: 0 }))
    }
}

/// Reads a [`Part`] once.
struct Feed<'a> {
    part: &'a Part<'a>,
    reader: Box<dyn Read + Send + 'a>,
    done: u64,
}

impl Feed<'_> {
    fn step(&mut self, buf: &mut [u8]) -> Result<usize> {
        if self.part.progress.cancelled() {
            return Err(RegistryError::cancelled());
        }
        let left = self.part.len - self.done;
        let room = buf.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let count = self
            .reader
            .read(&mut buf[..room])
            .map_err(|error| RegistryError::local("the content cannot be read", error))?;
        if count == 0 && room > 0 {
            let at = self.part.offset + self.done;
            let promised = self.part.blob.map_or(self.part.offset + self.part.len, |blob| blob.size);
            let text = format!("the content ends at byte {at}, but {promised} bytes are promised");
            return Err(RegistryError::new(ErrorKind::Local, text));
        }
        self.done += count as u64;
        if let Some(blob) = self.part.blob {
            self.part.progress.advance(&blob.digest, self.part.offset + self.done, blob.size);
        }
        Ok(count)
    }
}

impl Read for Feed<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() || self.done == self.part.len {
            return Ok(0);
        }
        self.step(buf).map_err(io::Error::other)
    }
}
