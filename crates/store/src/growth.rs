//! How much more comes out of compressed bytes than goes in: little that unpacks to very much has been made to keep its reader busy.

use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Up to here everything may grow as it likes: a file of zeros that was set aside for a database is none to be afraid of.
const FREE: u64 = 1 << 30;

/// More than so many times its size is refused. What is in images grows three to ten times.
const MOST: u64 = 200;

/// Reads what `unpack` makes of `source`, as long as it does not grow too much.
pub(crate) fn growing<R: Read, U: Read>(
    source: R,
    unpack: impl FnOnce(Packed<R>) -> io::Result<U>,
) -> io::Result<Plain<U>> {
    let taken = Arc::new(AtomicU64::new(0));
    let unpacked = unpack(Packed { source, taken: taken.clone() })?;
    Ok(Plain { unpacked, taken, given: 0 })
}

/// Counts what is taken.
pub(crate) struct Packed<R> {
    source: R,
    taken: Arc<AtomicU64>,
}

impl<R: Read> Read for Packed<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buf)?;
        self.taken.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// What comes out.
pub(crate) struct Plain<U> {
    unpacked: U,
    taken: Arc<AtomicU64>,
    given: u64,
}

impl<U> Plain<U> {
    /// An error when what was given is too much for what was taken.
    fn check(&self) -> io::Result<()> {
        let (taken, given) = (self.taken.load(Ordering::Relaxed), self.given);
        if is_bomb(taken, given) {
            let text = format!(
                "{taken} bytes unpack to more than {given}; what grows more than {MOST} times is refused"
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        Ok(())
    }
}

impl<U: Read> Read for Plain<U> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.unpacked.read(buf)?;
        self.given += count as u64;
        self.check().map(|()| count)
    }
}

impl<U: BufRead> BufRead for Plain<U> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.check()?;
        self.unpacked.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.unpacked.consume(count);
        self.given += count as u64;
    }
}

fn is_bomb(taken: u64, given: u64) -> bool {
    given > FREE && given / MOST > taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn much_of_little_is_refused() {
        let check = |taken, given, expect| assert_eq!(is_bomb(taken, given), expect, "{taken} {given}");
        check(1, FREE, false);
        check(1, FREE + 1, true);
        check(FREE, 10 * FREE, false);
        check(FREE, 300 * FREE, true);
    }

    #[test]
    fn what_stays_within_passes() {
        let zeros = |packed: Packed<&'static [u8]>| Ok(packed.chain(io::repeat(0).take(FREE - 3)));
        let mut plain = growing(b"abc".as_slice(), zeros).unwrap();
        assert_eq!(io::copy(&mut plain, &mut io::sink()).unwrap(), FREE);
        let zeros = |packed: Packed<&'static [u8]>| Ok(packed.chain(io::repeat(0)));
        let mut plain = growing(b"abc".as_slice(), zeros).unwrap();
        let error = io::copy(&mut plain, &mut io::sink()).unwrap_err();
        assert!(error.to_string().starts_with("3 bytes unpack to more than"), "{error}");
    }
}
