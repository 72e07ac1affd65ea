//! Bits on their way into bytes.

/// Bytes beyond the end that a write may touch.
const SLACK: usize = 16;

/// Gathers bits, lowest first.
pub(super) struct Bits<'a> {
    out: &'a mut Vec<u8>,
    /// Bytes of `out` that are in use.
    len: usize,
    held: u64,
    count: u32,
    last: bool,
}

impl<'a> Bits<'a> {
    /// Appends to `out`; `most` is about how much will come.
    pub(super) fn new(out: &'a mut Vec<u8>, most: usize) -> Self {
        let len = out.len();
        out.resize(len + most + SLACK, 0);
        Self { out, len, held: 0, count: 0, last: false }
    }

    /// The same for at most so many bytes, in a form that stays in registers; `resume` takes what it ends with.
    pub(super) fn hold(&mut self, most: usize) -> Held<'_> {
        if self.out.len() < self.len + most + SLACK {
            self.out.resize(self.len + most + SLACK, 0);
        }
        Held { bits: self.held, count: self.count, len: self.len, out: self.out }
    }

    pub(super) const fn resume(&mut self, (held, count, len): (u64, u32, usize)) {
        (self.held, self.count, self.len) = (held, count, len);
    }

    /// The next block is the last one.
    pub(super) const fn last(&mut self) {
        self.last = true;
    }

    /// The head of a block.
    pub(super) fn head(&mut self, kind: u64) {
        self.put(u64::from(self.last) | kind << 1, 3);
    }

    /// Adds bits; at most 56 between two calls of `flush`.
    #[inline]
    pub(super) const fn add(&mut self, bits: u64, count: u32) {
        self.held |= bits << self.count;
        self.count += count;
    }

    /// Writes whole bytes.
    #[inline]
    pub(super) fn flush(&mut self) {
        if let Some(place) = self.out[self.len..].first_chunk_mut() {
            *place = self.held.to_le_bytes();
        } else {
            self.out.resize(self.len + SLACK + self.len / 8, 0);
            self.out[self.len..self.len + 8].copy_from_slice(&self.held.to_le_bytes());
        }
        self.len += (self.count / 8) as usize;
        self.held >>= self.count & !7;
        self.count &= 7;
    }

    pub(super) fn put(&mut self, bits: u64, count: u32) {
        self.add(bits, count);
        self.flush();
    }

    /// Blocks of bytes as they are.
    pub(super) fn stored(&mut self, input: &[u8]) {
        let last = self.last;
        let mut parts = input.chunks(0xffff).peekable();
        loop {
            let part = parts.next().unwrap_or_default();
            self.last = last && parts.peek().is_none();
            self.head(0);
            self.finish();
            let len = u16::try_from(part.len()).unwrap_or(u16::MAX);
            self.out.extend_from_slice(&len.to_le_bytes());
            self.out.extend_from_slice(&(!len).to_le_bytes());
            self.out.extend_from_slice(part);
            self.len = self.out.len();
            if parts.peek().is_none() {
                return;
            }
        }
    }

    /// Fills the last byte; what is in use is all there is.
    pub(super) fn finish(&mut self) {
        self.count = self.count.next_multiple_of(8);
        self.flush();
        self.out.truncate(self.len);
    }
}

/// Bits of one block; its place is there.
pub(super) struct Held<'a> {
    out: &'a mut [u8],
    len: usize,
    bits: u64,
    count: u32,
}

impl Held<'_> {
    /// Adds bits; at most 56 between two calls of `flush`.
    #[inline]
    pub(super) const fn add(&mut self, bits: u64, count: u32) {
        self.bits |= bits << self.count;
        self.count += count;
    }

    /// Writes whole bytes.
    #[inline]
    pub(super) fn flush(&mut self) {
        if let Some(place) = self.out.get_mut(self.len..).and_then(<[u8]>::first_chunk_mut) {
            *place = self.bits.to_le_bytes();
        }
        self.len += (self.count / 8) as usize;
        self.bits >>= self.count & !7;
        self.count &= 7;
    }

    pub(super) const fn end(self) -> (u64, u32, usize) {
        (self.bits, self.count, self.len)
    }
}
