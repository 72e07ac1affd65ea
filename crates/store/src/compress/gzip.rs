//! Members of gzip (RFC 1952), each a block of the input that was deflated on its own.
//!
//! A file of several members is the concatenation of what they hold (RFC 1952, section 2.2). Layers that can be read
//! in parts (eStargz) are made so, too, and whatever reads layers reads them.

use std::io;

use libdeflater::{CompressionLvl, Compressor};

/// The fastest level: three to four times as fast as zlib's level 6 for 3 to 4 % more bytes.
pub(super) const LEVEL: i32 = 1;
/// The highest level that has a meaning here.
const HIGHEST: i32 = 12;

/// Makes members.
pub(super) struct Gzip(Compressor);

impl Gzip {
    /// A level below or above what there is becomes the nearest one.
    pub(super) fn new(level: i32) -> Self {
        let level = CompressionLvl::new(level.clamp(0, HIGHEST)).unwrap_or_default();
        Self(Compressor::new(level))
    }

    /// One member. Its header holds no time and no name.
    pub(super) fn member(&mut self, input: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = vec![0; self.0.gzip_compress_bound(input.len())];
        let len = self.0.gzip_compress(input, &mut out).map_err(io::Error::other)?;
        out.truncate(len);
        Ok(out)
    }
}
