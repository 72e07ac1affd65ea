//! Readers that can pass over bytes without handing them out: a part of a file seeks, a stream reads on.

use std::io::{self, BufRead, Read};
use std::sync::Arc;

use kit::Bytes;

/// What is read of a file at once: some headers of a tar.
const WINDOW: usize = 4 << 10;

/// A reader that can pass over bytes.
pub(crate) trait Skip: Read {
    /// Passes over `count` bytes; how many there were.
    fn skip(&mut self, count: u64) -> io::Result<u64>;
}

impl Skip for &[u8] {
    fn skip(&mut self, count: u64) -> io::Result<u64> {
        let most = usize::try_from(count).unwrap_or(usize::MAX).min(self.len());
        *self = &self[most..];
        Ok(most as u64)
    }
}

impl Skip for &mut dyn Read {
    fn skip(&mut self, count: u64) -> io::Result<u64> {
        io::copy(&mut self.take(count), &mut io::sink())
    }
}

impl<S: Skip + ?Sized> Skip for Box<S> {
    fn skip(&mut self, count: u64) -> io::Result<u64> {
        (**self).skip(count)
    }
}

/// A stream, as of a decompressor.
pub(crate) struct Stream<R>(pub(crate) R);

impl<R: BufRead> Read for Stream<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl<R: BufRead> Skip for Stream<R> {
    fn skip(&mut self, count: u64) -> io::Result<u64> {
        let mut left = count;
        while left > 0 {
            let here = self.0.fill_buf()?.len();
            if here == 0 {
                break;
            }
            let passed = usize::try_from(left).unwrap_or(usize::MAX).min(here);
            self.0.consume(passed);
            left -= passed as u64;
        }
        Ok(count - left)
    }
}

/// A part of a file, or of bytes in memory.
#[derive(Debug, Clone)]
pub(crate) struct Section {
    file: Arc<Bytes>,
    offset: u64,
    left: u64,
    /// What was read ahead, and how much of it was handed out.
    window: Vec<u8>,
    at: usize,
}

impl Section {
    /// `size` bytes of a file from `offset` on.
    pub(crate) fn new(file: Arc<Bytes>, offset: u64, size: u64) -> Self {
        Self { file, offset, left: size, window: Vec::new(), at: 0 }
    }

    fn fetch(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buf.len());
        let count = self.file.read_at(&mut buf[..most], self.offset)?;
        self.offset += count as u64;
        self.left -= count as u64;
        Ok(count)
    }
}

impl Read for Section {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.at == self.window.len() {
            if buf.len() >= WINDOW {
                return self.fetch(buf);
            }
            let mut window = std::mem::take(&mut self.window);
            window.resize(WINDOW, 0);
            let count = self.fetch(&mut window)?;
            window.truncate(count);
            (self.window, self.at) = (window, 0);
        }
        let count = buf.len().min(self.window.len() - self.at);
        buf[..count].copy_from_slice(&self.window[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

impl Skip for Section {
    fn skip(&mut self, count: u64) -> io::Result<u64> {
        let here = ((self.window.len() - self.at) as u64).min(count);
        // What is in the window is at most its length.
        self.at += usize::try_from(here).unwrap_or_default();
        let seek = (count - here).min(self.left);
        self.offset += seek;
        self.left -= seek;
        Ok(here + seek)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn check(mut reader: impl Skip) {
        let mut three = [0; 3];
        reader.read_exact(&mut three).unwrap();
        assert_eq!(three, [0, 1, 2]);
        assert_eq!(reader.skip(97).unwrap(), 97);
        reader.read_exact(&mut three).unwrap();
        assert_eq!(three, [100, 101, 102]);
        assert_eq!(reader.skip(99_000).unwrap(), 99_000);
        reader.read_exact(&mut three).unwrap();
        assert_eq!(three, [103, 104, 105].map(|at: u32| byte(at + 99_000)));
        let mut rest = Vec::new();
        reader.read_to_end(&mut rest).unwrap();
        assert_eq!(rest.len(), 100_000 - 99_106);
        assert_eq!(reader.skip(5).unwrap(), 0, "there is no more");
    }

    fn byte(at: u32) -> u8 {
        u8::try_from(at % 251).unwrap()
    }

    #[test]
    fn passing_over_bytes_is_as_reading_them() {
        let bytes: Vec<u8> = (0..100_000).map(byte).collect();
        check(&bytes[..]);
        check(Stream(io::BufReader::with_capacity(1_000, &bytes[..])));
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"xx").unwrap();
        file.write_all(&bytes).unwrap();
        file.write_all(b"yy").unwrap();
        check(Section::new(Arc::new(file.into()), 2, 100_000));
        let memory = [b"xx", &bytes[..], b"yy"].concat();
        check(Section::new(Arc::new(Bytes::Memory(memory)), 2, 100_000));
    }
}
