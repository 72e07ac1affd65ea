//! The bits of a deflate stream, the lowest of each byte first (RFC 1951, 3.1.1), from a reader.

use std::io::{self, Read};

use super::table::Entry;

/// Read at once.
const BUFFER: usize = 64 << 10;

type Buffer = [u8; BUFFER + SLACK];

/// Bits are loaded so many bytes at a time, at any place of the buffer.
const SLACK: usize = 8;

/// As many bytes as may be loaded while a length and its distance are read, and some more.
pub(super) const TURN: usize = 3 * SLACK;

/// There are so many bits at least after some have been loaded.
const MOST: u32 = 56;

/// A source of bits.
pub(super) struct Bits<R> {
    source: R,
    buffer: Box<Buffer>,
    /// The next byte that is not in `word` yet.
    at: usize,
    /// The end of what was read.
    end: usize,
    ended: bool,
    /// The next bits, the first one lowest, and how many of them there are. Above them may be bits of the bytes from `at` on.
    word: u64,
    left: u32,
}

impl<R: Read> Bits<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source, buffer: zeros(), at: 0, end: 0, ended: false, word: 0, left: 0 }
    }

    /// Makes sure that `count` further bytes are in the buffer, or all that there are.
    pub(super) fn fill(&mut self, count: usize) -> io::Result<()> {
        while self.end - self.at.min(self.end) < count && !self.ended {
            // What is loaded but not taken may go back.
            let from = self.at.saturating_sub(SLACK);
            self.buffer.copy_within(from..self.end, 0);
            (self.at, self.end) = (self.at - from, self.end - from);
            match self.source.read(&mut self.buffer[self.end..BUFFER]) {
                Ok(0) => self.ended = true,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        // Behind the end come zeros: what is loaded there is noticed by `check`.
        self.buffer[self.end..][..SLACK].fill(0);
        Ok(())
    }

    /// Whether so many bytes are in the buffer.
    pub(super) fn has(&self, count: usize) -> bool {
        self.at + count <= self.end
    }

    /// The next bits, for a loop that gives back what it leaves by `set`.
    pub(super) fn word(&self) -> Word<'_> {
        Word { input: &self.buffer, end: self.end, at: self.at, bits: self.word, left: self.left }
    }

    /// Goes on where a word ended.
    pub(super) fn set(&mut self, (at, word, left): (usize, u64, u32)) {
        (self.at, self.word, self.left) = (at, word, left);
    }

    fn load(&mut self) {
        let mut word = self.word();
        word.refill::<true>();
        let state = word.state();
        self.set(state);
    }

    /// Takes up to 16 bits.
    pub(super) fn take(&mut self, count: u32) -> io::Result<usize> {
        if self.left < count {
            self.fill(SLACK)?;
            self.load();
            self.check()?;
        }
        let value = self.word & ((1 << count) - 1);
        self.drop(count);
        Ok(usize::try_from(value).unwrap_or(usize::MAX))
    }

    /// The next 56 bits, or more; zeros behind the end.
    pub(super) fn peek(&mut self) -> io::Result<u64> {
        self.fill(SLACK)?;
        self.load();
        Ok(self.word)
    }

    /// Passes bits that have been looked at.
    pub(super) fn drop(&mut self, count: u32) {
        self.word >>= count;
        self.left -= count;
    }

    /// An error when more bits were taken than there are.
    pub(super) fn check(&self) -> io::Result<()> {
        if self.word().is_overdrawn() { Err(cut_off()) } else { Ok(()) }
    }

    /// Passes the rest of the byte; what follows are whole bytes.
    pub(super) fn align(&mut self) {
        // Whole bytes that are loaded go back.
        self.at -= self.left as usize / 8;
        (self.word, self.left) = (0, 0);
    }

    /// Whether all bytes have been taken. Only where bytes are whole.
    pub(super) fn at_end(&mut self) -> io::Result<bool> {
        self.fill(1)?;
        Ok(self.at >= self.end)
    }

    /// Takes up to as many bytes as `out` has room for. Only where bytes are whole.
    pub(super) fn bytes(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.fill(1)?;
        let from = self.at.min(self.end);
        let count = out.len().min(self.end - from);
        if count == 0 && !out.is_empty() {
            return Err(cut_off());
        }
        out[..count].copy_from_slice(&self.buffer[from..from + count]);
        self.at += count;
        Ok(count)
    }

    /// Takes as many bytes as are asked for. Only where bytes are whole.
    pub(super) fn exact<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        let mut done = 0;
        while done < N {
            done += self.bytes(&mut bytes[done..])?;
        }
        Ok(bytes)
    }
}

/// Zeros that never lie on the stack.
#[expect(clippy::unnecessary_box_returns, reason = "it is for the heap")]
pub(super) fn zeros<const N: usize>() -> Box<[u8; N]> {
    vec![0; N].into_boxed_slice().try_into().unwrap_or_else(|_| unreachable!("it has this size"))
}

/// Bits of a buffer. Near the end of the input, zeros are loaded behind it.
pub(super) struct Word<'a> {
    input: &'a Buffer,
    /// Behind it are zeros.
    end: usize,
    at: usize,
    bits: u64,
    left: u32,
}

impl Word<'_> {
    /// Whether bits may be loaded twice: while there are enough bytes, or near the end until more was taken than there is.
    #[inline]
    pub(super) fn may_go_on<const NEAR_END: bool>(&self) -> bool {
        if NEAR_END { !self.is_overdrawn() } else { self.at + TURN <= self.end }
    }

    /// Whether more bits were taken than there are.
    fn is_overdrawn(&self) -> bool {
        self.at.saturating_sub(self.end) * 8 > self.left as usize
    }

    /// Loads bits until there are at least 56.
    #[inline]
    pub(super) fn refill<const NEAR_END: bool>(&mut self) {
        let place = if NEAR_END { self.at.min(self.end) } else { self.at };
        let next = self.input[place..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        self.bits |= next << self.left;
        self.at += (63 - self.left as usize) >> 3;
        self.left |= MOST;
    }

    /// How many bits there are.
    #[inline]
    pub(super) fn left(&self) -> u32 {
        self.left
    }

    /// The next bits.
    #[inline]
    pub(super) fn low(&self, count: u32) -> usize {
        usize::try_from(self.bits & ((1 << count) - 1)).unwrap_or(usize::MAX)
    }

    /// Passes the bits of an entry; those before.
    #[inline]
    pub(super) fn pass(&mut self, entry: Entry) -> u64 {
        let before = self.bits;
        self.bits >>= entry & 0x3f;
        self.left -= entry & 0x3f;
        before
    }

    /// What `set` takes.
    pub(super) fn state(self) -> (usize, u64, u32) {
        (self.at, self.bits, self.left)
    }
}

pub(super) fn cut_off() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the gzip data is cut off")
}
