//! The content of a file, to be read at any place: from a file in which it lies as it is, or from memory.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

use kit::Bytes;

/// What is kept in memory of a stream; more goes to a file without a name.
const MAX_MEMORY: u64 = 24 << 20;

/// So much memory is kept to be used again: new memory is paid for page by page.
const MAX_SPARE: usize = 4 << 20;

/// Makes files without names, for bytes that are too many for memory.
pub type Scratch<'a> = &'a dyn Fn() -> io::Result<File>;

/// The content of a file.
#[derive(Debug, Clone)]
pub enum Content {
    /// In memory.
    Memory(Arc<Vec<u8>>),
    /// A part of a file, or of an archive that is in memory.
    File {
        /// The file.
        file: Arc<Bytes>,
        /// Where it begins.
        offset: u64,
        /// How long it is, in bytes.
        size: u64,
    },
}

impl Content {
    /// Bytes at hand.
    pub fn of(bytes: Vec<u8>) -> Self {
        Self::Memory(Arc::new(bytes))
    }

    /// A whole file.
    pub fn of_file(file: File) -> io::Result<Self> {
        let size = file.metadata()?.len();
        Ok(Self::File { file: Arc::new(file.into()), offset: 0, size })
    }

    /// Takes `size` bytes of a stream: `head`, which was read already, and the rest. `scratch` gives a file for those that are too
    /// many for memory, `spare` is memory that is used again.
    pub(crate) fn of_stream(
        head: &[u8],
        rest: &mut dyn Read,
        size: u64,
        scratch: Scratch<'_>,
        spare: Vec<u8>,
    ) -> io::Result<Self> {
        if size > MAX_MEMORY {
            return Self::of_long(&mut head.chain(rest), scratch);
        }
        let size = usize::try_from(size).unwrap_or_default();
        let mut bytes = spare;
        if bytes.capacity() < size {
            // More than is needed now costs nothing before it is used, and is not paid for again by the next file.
            bytes = Vec::with_capacity(size.max(MAX_SPARE));
        }
        bytes.resize(size, 0);
        let count = fill(&mut head.chain(rest), &mut bytes)?;
        bytes.truncate(count);
        Ok(Self::of(bytes))
    }

    /// All bytes of a stream, in a file.
    pub(crate) fn of_long(stream: &mut dyn Read, scratch: Scratch<'_>) -> io::Result<Self> {
        let mut file = scratch()?;
        io::copy(stream, &mut file)?;
        Self::of_file(file)
    }

    /// The memory that it had, when nobody else has it and it is not much.
    pub(crate) fn into_spare(self) -> Vec<u8> {
        match self {
            Self::Memory(bytes) => Arc::into_inner(bytes).filter(|bytes| bytes.capacity() <= MAX_SPARE),
            Self::File { .. } => None,
        }
        .unwrap_or_default()
    }

    /// Its size in bytes.
    pub fn size(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File { size, .. } => *size,
        }
    }

    /// Reads at a place; how many bytes there were.
    pub fn read_at(&self, at: u64, buf: &mut [u8]) -> io::Result<usize> {
        let left = self.size().saturating_sub(at);
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buf.len());
        match self {
            Self::Memory(bytes) => {
                let begin = usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
                buf[..most].copy_from_slice(&bytes[begin..begin + most]);
                Ok(most)
            }
            Self::File { file, offset, .. } => {
                let mut done = 0;
                while done < most {
                    match file.read_at(&mut buf[done..most], offset + at + done as u64)? {
                        0 => break,
                        count => done += count,
                    }
                }
                Ok(done)
            }
        }
    }

    /// `len` bytes at a place; an error when there are fewer or more than `limit` are asked for.
    pub fn range(&self, at: u64, len: u64, limit: u64) -> io::Result<Vec<u8>> {
        if len > limit || at.checked_add(len).is_none_or(|end| end > self.size()) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a part that is not there or too large"));
        }
        let mut out = vec![0; usize::try_from(len).map_err(io::Error::other)?];
        let count = self.read_at(at, &mut out)?;
        if count < out.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(out)
    }

    /// All of it, which may be at most `limit` bytes.
    pub fn all(&self, limit: u64) -> io::Result<Arc<Vec<u8>>> {
        match self {
            Self::Memory(bytes) if bytes.len() as u64 <= limit => Ok(bytes.clone()),
            _ => self.range(0, self.size(), limit).map(Arc::new),
        }
    }

    /// Reads from a place on.
    pub(crate) fn reader(&self, at: u64) -> ContentReader<'_> {
        ContentReader { content: self, at }
    }

    /// A part of it as a content of its own.
    pub fn part(&self, at: u64, len: u64) -> io::Result<Self> {
        match self {
            Self::Memory(_) => self.range(at, len, u64::MAX).map(Self::of),
            Self::File { file, offset, size } if at.checked_add(len).is_some_and(|end| end <= *size) => {
                Ok(Self::File { file: file.clone(), offset: offset + at, size: len })
            }
            Self::File { .. } => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// Reads until the buffer is full or nothing is left; how many bytes there were.
pub(crate) fn fill(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut done = 0;
    while done < buffer.len() {
        match reader.read(&mut buffer[done..]) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

/// Reads a content front to back.
pub(crate) struct ContentReader<'a> {
    content: &'a Content,
    at: u64,
}

impl Read for ContentReader<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.content.read_at(self.at, buf)?;
        self.at += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn parts_are_the_same_wherever_the_bytes_are() {
        let bytes: Vec<u8> = (0..=255).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        let scratch = || tempfile::tempfile();
        let stream = |spare| Content::of_stream(&bytes[..9], &mut &bytes[9..], 256, &scratch, spare).unwrap();
        let again = stream(stream(Vec::new()).into_spare());
        let longer = stream(vec![7; 999]);
        let long = Content::of_long(&mut bytes.as_slice(), &scratch).unwrap();
        for content in [Content::of(bytes.clone()), Content::of_file(file).unwrap(), again, longer, long] {
            assert_eq!(content.range(5, 3, 3).unwrap(), [5, 6, 7]);
            assert!(content.range(5, 4, 3).is_err() && content.range(255, 2, 9).is_err());
            assert!(content.range(u64::MAX, 1, 9).is_err());
            assert_eq!(*content.part(100, 50).unwrap().all(50).unwrap(), bytes[100..150]);
            assert_eq!(content.read_at(254, &mut [0; 9]).unwrap(), 2);
            assert_eq!(content.read_at(999, &mut [0; 9]).unwrap(), 0);
            assert!(content.all(255).is_err());
        }
    }
}
