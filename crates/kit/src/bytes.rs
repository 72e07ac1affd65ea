//! Bytes that can be read at any place.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use rustix::mm::{Advice, madvise};

/// The size of a large page.
const LARGE: usize = 2 << 20;

/// The bytes of a file, or bytes in memory.
#[derive(Debug)]
pub enum Bytes {
    /// In a file.
    File(File),
    /// In memory.
    Memory(Vec<u8>),
}

impl Bytes {
    /// How many there are; an error when the file cannot be asked.
    pub fn size(&self) -> io::Result<u64> {
        match self {
            Self::File(file) => file.metadata().map(|meta| meta.len()),
            Self::Memory(bytes) => Ok(bytes.len() as u64),
        }
    }

    /// Reads from a place on; how many bytes were read, 0 at the end.
    pub fn read_at(&self, buf: &mut [u8], at: u64) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read_at(buf, at),
            Self::Memory(bytes) => {
                let begin = usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
                let count = buf.len().min(bytes.len() - begin);
                buf[..count].copy_from_slice(&bytes[begin..begin + count]);
                Ok(count)
            }
        }
    }

    /// Reads as many bytes as are asked for; an error when there are fewer.
    pub fn read_exact_at(&self, mut buf: &mut [u8], mut at: u64) -> io::Result<()> {
        while !buf.is_empty() {
            match self.read_at(buf, at)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => (buf, at) = (&mut buf[count..], at + count as u64),
            }
        }
        Ok(())
    }
}

impl From<File> for Bytes {
    fn from(file: File) -> Self {
        Self::File(file)
    }
}

/// Empty memory for `capacity` bytes, of which large pages are asked for: to be given small ones takes as long as to fill them.
/// What is not used costs nothing.
pub fn large_memory(capacity: usize) -> Vec<u8> {
    let mut memory = Vec::<u8>::with_capacity(capacity + LARGE);
    let begin = memory.as_mut_ptr();
    let first = begin.align_offset(LARGE);
    if first <= LARGE {
        // SAFETY: from the first large page on there are `capacity` bytes within the memory that was just made, and advice changes
        // nothing in them. Where it is not taken, pages are small.
        #[expect(unsafe_code, reason = "the kernel is told a place in memory")]
        let _ = unsafe { madvise(begin.add(first).cast(), capacity, Advice::LinuxHugepage) };
    }
    memory
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_and_memory_are_read_alike() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"abcdef").unwrap();
        let mut memory = large_memory(5 << 20);
        memory.extend(b"abcdef");
        for bytes in [Bytes::from(file), Bytes::Memory(memory)] {
            assert_eq!(bytes.size().unwrap(), 6);
            let mut buf = [0; 4];
            assert_eq!((bytes.read_at(&mut buf, 3).unwrap(), &buf[..3]), (3, &b"def"[..]));
            assert_eq!(bytes.read_at(&mut buf, 6).unwrap(), 0);
            assert_eq!(bytes.read_at(&mut buf, 1 << 40).unwrap(), 0);
            bytes.read_exact_at(&mut buf, 2).unwrap();
            assert_eq!(&buf, b"cdef");
            assert!(bytes.read_exact_at(&mut buf, 3).is_err());
        }
    }
}
