//! Readers for bytes from outside: bounded in size and checked against a digest (invariant I4).

use std::io::{self, BufRead, Read};

use crate::{Digest, Hasher};

/// Passes at most `limit` bytes; a source that has more is an error, not a silent cut.
pub struct LimitReader<R> {
    inner: R,
    left: u64,
    limit: u64,
}

impl<R: Read> LimitReader<R> {
    /// Bounds `inner` to `limit` bytes.
    pub fn new(inner: R, limit: u64) -> Self {
        Self { inner, left: limit, limit }
    }
}

impl<R: Read> Read for LimitReader<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buf)?;
        if count as u64 > self.left {
            return Err(too_large(self.limit));
        }
        self.left -= count as u64;
        Ok(count)
    }
}

impl<R: BufRead> BufRead for LimitReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let here = self.inner.fill_buf()?;
        if here.len() as u64 > self.left {
            return Err(too_large(self.limit));
        }
        Ok(here)
    }

    fn consume(&mut self, count: usize) {
        self.inner.consume(count);
        self.left = self.left.saturating_sub(count as u64);
    }
}

fn too_large(limit: u64) -> io::Error {
    let text = format!("more than the {limit} bytes that are allowed here");
    io::Error::new(io::ErrorKind::FileTooLarge, text)
}

/// Reads all of `source`, an error when it holds more than `limit` bytes.
pub fn read_bounded(source: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    LimitReader::new(source, limit).read_to_end(&mut out)?;
    Ok(out)
}

/// Passes exactly `size` bytes whose sha256 is `digest`; the end of the stream is an error otherwise, and
/// bytes past `size` are refused as soon as they come.
pub struct VerifyReader<R> {
    inner: R,
    hasher: Option<Hasher>,
    digest: Digest,
    size: Option<u64>,
    seen: u64,
}

impl<R: Read> VerifyReader<R> {
    /// Checks `inner` against `digest` and, when known, `size` in bytes.
    pub fn new(inner: R, digest: Digest, size: Option<u64>) -> Self {
        Self { inner, hasher: Some(Hasher::new()), digest, size, seen: 0 }
    }

    fn check_end(&mut self) -> io::Result<()> {
        let Some(hasher) = self.hasher.take() else { return Ok(()) };
        if let Some(size) = self.size.filter(|size| *size != self.seen) {
            return Err(invalid(format!("expected {size} bytes, got {}", self.seen)));
        }
        let actual = hasher.finish();
        if actual == self.digest {
            return Ok(());
        }
        Err(invalid(format!("expected digest `{}`, got `{actual}`", self.digest)))
    }
}

impl<R: Read> Read for VerifyReader<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        let count = self.inner.read(buf)?;
        if count == 0 {
            self.check_end()?;
            return Ok(0);
        }
        self.seen += count as u64;
        if let Some(size) = self.size.filter(|size| self.seen > *size) {
            return Err(invalid(format!("expected {size} bytes, got more")));
        }
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&buf[..count]);
        }
        Ok(count)
    }
}

fn invalid(text: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verify(bytes: &[u8], digest_of: &[u8], size: Option<u64>) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        VerifyReader::new(bytes, Digest::of(digest_of), size).read_to_end(&mut out)?;
        Ok(out)
    }

    #[test]
    fn only_the_right_bytes_pass() {
        assert_eq!(verify(b"abc", b"abc", Some(3)).unwrap(), b"abc");
        assert!(verify(b"abd", b"abc", Some(3)).is_err(), "other content");
        assert!(verify(b"ab", b"abc", Some(3)).is_err(), "too short");
        assert!(verify(b"abcd", b"abcd", Some(3)).is_err(), "too long");
    }

    #[test]
    fn a_limit_is_an_error_not_a_cut() {
        assert_eq!(read_bounded(&b"1234"[..], 4).unwrap(), b"1234");
        assert!(read_bounded(&b"12345"[..], 4).is_err());
    }
}
