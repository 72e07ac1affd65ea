//! Decoders that take bytes as they come.

use bzip2::Decompress as Bzip2;
use flate2::{Decompress as Inflate, FlushDecompress};
use liblzma::stream::{Action, Stream};
use zstd::stream::raw::{DParameter, Decoder as Zstd, Operation};

/// Memory that a decoder for xz may take: what `xz -9` needs, and some more.
const XZ_MEMORY: u64 = 80 << 20;
/// Power of two of the memory that a decoder for zstd may take.
const ZSTD_WINDOW: u32 = 26;

/// A decoder in the middle of its work.
pub(crate) enum Codec {
    Inflate(Box<Inflate>),
    Bzip2(Box<Bzip2>),
    Xz(Box<Stream>),
    /// What begins an entry of a zip archive that is packed with LZMA, until it is whole (APPNOTE 5.8.8).
    ZipLzma(Vec<u8>),
    Zstd(Box<Zstd<'static>>),
    Base64(Bits),
    Hex(Bits),
}

/// Letters of which a byte is put together.
#[derive(Default)]
pub(crate) struct Bits {
    value: u32,
    count: u32,
}

/// What a decoder did.
pub(crate) struct Done {
    pub(crate) read: usize,
    pub(crate) written: usize,
    /// Whether its stream is over.
    pub(crate) ended: bool,
}

impl Codec {
    /// Of a stream with or without a header of zlib.
    pub(crate) fn inflate(zlib: bool) -> Self {
        Self::Inflate(Box::new(Inflate::new(zlib)))
    }

    pub(crate) fn bzip2() -> Self {
        Self::Bzip2(Box::new(Bzip2::new(false)))
    }

    pub(crate) fn xz() -> Option<Self> {
        Stream::new_stream_decoder(XZ_MEMORY, 0).ok().map(|stream| Self::Xz(Box::new(stream)))
    }

    /// The older format, without a real signature.
    pub(crate) fn lzma() -> Option<Self> {
        Stream::new_lzma_decoder(XZ_MEMORY).ok().map(|stream| Self::Xz(Box::new(stream)))
    }

    pub(crate) fn zstd() -> Option<Self> {
        let mut decoder = Zstd::new().ok()?;
        decoder.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW)).ok()?;
        Some(Self::Zstd(Box::new(decoder)))
    }

    /// Decodes some of `input`; `None` when it is not what it seemed.
    pub(crate) fn run(&mut self, input: &[u8], output: &mut [u8]) -> Option<Done> {
        match self {
            Self::Inflate(decoder) => {
                let before = (decoder.total_in(), decoder.total_out());
                let status = decoder.decompress(input, output, FlushDecompress::None).ok()?;
                let after = (decoder.total_in(), decoder.total_out());
                done(before, after, status == flate2::Status::StreamEnd)
            }
            Self::Bzip2(decoder) => {
                let before = (decoder.total_in(), decoder.total_out());
                let status = decoder.decompress(input, output).ok()?;
                let after = (decoder.total_in(), decoder.total_out());
                done(before, after, status == bzip2::Status::StreamEnd)
            }
            Self::Xz(decoder) => {
                let before = (decoder.total_in(), decoder.total_out());
                let status = decoder.process(input, output, Action::Run).ok()?;
                let after = (decoder.total_in(), decoder.total_out());
                done(before, after, status == liblzma::stream::Status::StreamEnd)
            }
            Self::ZipLzma(head) => {
                let wanted = 9 - head.len();
                let read = wanted.min(input.len());
                head.extend(&input[..read]);
                if head.len() == 9 {
                    // The older format of files has the same properties, and then the size, which may be unknown.
                    let start = [&head[4..], &[0xff; 8]].concat();
                    let Some(Self::Xz(mut decoder)) = Self::lzma() else { return None };
                    decoder.process(&start, output, Action::Run).ok()?;
                    *self = Self::Xz(decoder);
                }
                Some(Done { read, written: 0, ended: false })
            }
            Self::Zstd(decoder) => {
                let status = decoder.run_on_buffers(input, output).ok()?;
                let (read, written) = (status.bytes_read, status.bytes_written);
                Some(Done { read, written, ended: status.remaining == 0 && written < output.len() })
            }
            Self::Base64(bits) => Some(bits.run(input, output, 6, sextet)),
            Self::Hex(bits) => Some(bits.run(input, output, 4, nibble)),
        }
    }
}

fn done(before: (u64, u64), after: (u64, u64), ended: bool) -> Option<Done> {
    let read = usize::try_from(after.0 - before.0).ok()?;
    let written = usize::try_from(after.1 - before.1).ok()?;
    Some(Done { read, written, ended })
}

impl Bits {
    /// Takes letters until one is none, blanks aside.
    fn run(&mut self, input: &[u8], output: &mut [u8], bits: u32, letter: fn(u8) -> Option<u8>) -> Done {
        let mut written = 0;
        for (read, byte) in input.iter().enumerate() {
            if byte.is_ascii_whitespace() {
                continue;
            }
            let Some(value) = letter(*byte) else { return Done { read, written, ended: true } };
            if written == output.len() {
                return Done { read, written, ended: false };
            }
            self.value = self.value << bits | u32::from(value);
            self.count += bits;
            if self.count >= 8 {
                self.count -= 8;
                output[written] = (self.value >> self.count & 0xff) as u8;
                written += 1;
            }
        }
        Done { read: input.len(), written, ended: false }
    }
}

const fn sextet(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

const fn nibble(byte: u8) -> Option<u8> {
    Some(match byte {
        b'0'..=b'9' => byte - b'0',
        b'a'..=b'f' => byte - b'a' + 10,
        b'A'..=b'F' => byte - b'A' + 10,
        _ => return None,
    })
}

/// The bytes of a text that is hexadecimal as far as it goes.
pub(crate) fn from_hex(text: &[u8]) -> Vec<u8> {
    let mut out = vec![0; text.len() / 2];
    let done = Bits::default().run(text, &mut out, 4, nibble);
    out.truncate(done.written);
    out
}

/// The bytes of a text in base64; `None` when it is something else.
pub(crate) fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    let end = text.iter().rposition(|byte| *byte != b'=').map_or(0, |at| at + 1);
    let mut out = vec![0; text.len()];
    let done = Bits::default().run(&text[..end], &mut out, 6, sextet);
    out.truncate(done.written);
    (done.read == end && !done.ended && text.len() - end <= 2).then_some(out)
}
