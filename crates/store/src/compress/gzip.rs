//! Members of gzip (RFC 1952), each a block of the input that was deflated on its own.
//!
//! A file of several members is the concatenation of what they hold (RFC 1952, section 2.2). Layers that can be read
//! in parts (eStargz) are made so, too, and whatever reads layers reads them.

use std::io;

use libdeflater::{CompressionLvl, Compressor};

use super::deflate::Deflater;

/// The highest level that has a meaning here.
const HIGHEST: i32 = 12;
/// Deflate, no flags, no time, the fastest way, an unknown system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255];

/// Makes members.
pub(super) enum Gzip {
    /// What suits layers best.
    Fast(Deflater),
    /// A level of the library's scale.
    Level(Compressor),
}

impl Gzip {
    /// A level below or above what there is becomes the nearest one; `None` is what suits layers best.
    pub(super) fn new(level: Option<i32>) -> Self {
        level.map_or_else(
            || Self::Fast(Deflater::new()),
            |level| {
                let level = CompressionLvl::new(level.clamp(0, HIGHEST)).unwrap_or_default();
                Self::Level(Compressor::new(level))
            },
        )
    }

    /// One member. Its header holds no time and no name.
    pub(super) fn member(&mut self, input: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Self::Fast(deflater) => {
                let mut out = HEADER.to_vec();
                deflater.deflate(input, &mut out);
                out.extend_from_slice(&libdeflater::crc32(input).to_le_bytes());
                let size = u32::try_from(input.len()).map_err(io::Error::other)?;
                out.extend_from_slice(&size.to_le_bytes());
                Ok(out)
            }
            Self::Level(compressor) => {
                let mut out = vec![0; compressor.gzip_compress_bound(input.len())];
                let len = compressor.gzip_compress(input, &mut out).map_err(io::Error::other)?;
                out.truncate(len);
                Ok(out)
            }
        }
    }
}
