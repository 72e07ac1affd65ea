//! The parts of a gzip member (RFC 1952) made of blocks that were deflated on their own (RFC 1951).

use std::io;

use flate2::{Compress, Compression, FlushCompress, Status};

const LEVEL: u32 = 6;

/// Deflate, no flags, no time, no extra flags, unknown operating system.
pub(super) const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// The last block, which is empty (fixed codes, end of block), then checksum and length.
pub(super) fn trailer(checksum: u32, total: u64) -> [u8; 10] {
    let mut out = [0; 10];
    out[0] = 3;
    out[2..6].copy_from_slice(&checksum.to_le_bytes());
    out[6..].copy_from_slice(&total.to_le_bytes()[..4]);
    out
}

/// Deflates blocks, each without knowledge of the one before.
pub(super) struct Deflate(Compress);

impl Deflate {
    pub(super) fn new() -> Self {
        Self(Compress::new(Compression::new(LEVEL), false))
    }

    /// A block that ends at a byte boundary and is not the last of its stream.
    pub(super) fn block(&mut self, input: &[u8]) -> io::Result<Vec<u8>> {
        self.0.reset();
        let mut out = Vec::with_capacity(input.len() / 2 + 1024);
        loop {
            let from = usize::try_from(self.0.total_in()).unwrap_or(usize::MAX).min(input.len());
            let status = self.0.compress_vec(&input[from..], &mut out, FlushCompress::Sync)?;
            let done = self.0.total_in() == input.len() as u64 && out.len() < out.capacity();
            if done || status == Status::BufError && out.len() < out.capacity() {
                return Ok(out);
            }
            out.reserve(out.len() / 2 + 1024);
        }
    }
}
