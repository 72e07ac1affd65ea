//! Compressed data within a stream, decoded as it comes.

use crate::codec::{Bits, Codec};
use crate::headers::{self, Header};
use crate::needles::Needles;
use crate::node::Node;
use crate::search::Shared;

/// Longer headers are none.
const MAX_HEAD: usize = 140_000;
/// Decoded at once.
const CHUNK: usize = 64 << 10;

/// What a signature says of the bytes that begin with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Gzip,
    Zip,
    Zlib,
    Bzip2,
    Xz,
    Lzma,
    Zstd,
    Base64,
    Hex,
}

impl Kind {
    /// What a decoder weighs: those that may take tens of megabytes count for many.
    const fn weight(self) -> usize {
        if matches!(self, Self::Xz | Self::Lzma | Self::Zstd) { 24 } else { 1 }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "(gzip)",
            Self::Zip => "(zip)",
            Self::Zlib => "(zlib)",
            Self::Bzip2 => "(bzip2)",
            Self::Xz => "(xz)",
            Self::Lzma => "(lzma)",
            Self::Zstd => "(zstd)",
            Self::Base64 => "(base64)",
            Self::Hex => "(hex)",
        }
    }
}

/// The signatures that are looked for in every place: bytes that are rare where they mean nothing.
pub(crate) fn signatures() -> Vec<(Vec<u8>, Kind)> {
    let mut all: Vec<(Vec<u8>, Kind)> = vec![
        (b"PK\x03\x04".to_vec(), Kind::Zip),
        (b"\xfd7zXZ\0".to_vec(), Kind::Xz),
        (b"\x28\xb5\x2f\xfd".to_vec(), Kind::Zstd),
    ];
    all.extend((0..0x20).map(|flags| (vec![0x1f, 0x8b, 8, flags], Kind::Gzip)));
    all.extend((b'1'..=b'9').map(|level| (vec![b'B', b'Z', b'h', level, b'1', b'A', b'Y'], Kind::Bzip2)));
    for text in ["H4sI", "UEsDB", "/Td6WFo", "KLUv/", "QlpoO", "TFpJUA"] {
        all.push((text.as_bytes().to_vec(), Kind::Base64));
    }
    for text in ["1f8b08", "1F8B08", "504b0304", "504B0304", "fd377a58", "FD377A58", "28b52ffd", "28B52FFD"] {
        all.push((text.as_bytes().to_vec(), Kind::Hex));
    }
    all
}

/// One compressed stream within another.
pub(crate) struct Inner<'a> {
    kind: Kind,
    /// The header, until it is whole.
    head: Vec<u8>,
    codec: Option<Codec>,
    node: Node<'a>,
    /// Whether nothing more of it is wanted.
    pub(crate) over: bool,
}

impl<'a> Inner<'a> {
    pub(crate) fn new(kind: Kind, needles: &'a Needles, parent: &[String], depth: usize) -> Self {
        let codec = match kind {
            Kind::Gzip | Kind::Zip => None,
            Kind::Zlib => Some(Codec::inflate(true)),
            Kind::Bzip2 => Some(Codec::bzip2()),
            Kind::Xz => Codec::xz(),
            Kind::Lzma => Codec::lzma(),
            Kind::Zstd => Codec::zstd(),
            Kind::Base64 => Some(Codec::Base64(Bits::default())),
            Kind::Hex => Some(Codec::Hex(Bits::default())),
        };
        let path = parent.iter().cloned().chain([kind.name().to_owned()]).collect();
        Self { kind, head: Vec::new(), codec, node: Node::new(needles, path, depth), over: false }
    }

    /// Whether there is room for it.
    pub(crate) fn open(&self, shared: &mut Shared) -> bool {
        shared.open(self.kind.weight())
    }

    /// Takes the next bytes of the stream around it.
    pub(crate) fn update(&mut self, bytes: &[u8], shared: &mut Shared) {
        if self.over {
            return;
        }
        if self.codec.is_some() {
            return self.decode(bytes, shared);
        }
        if !matches!(self.kind, Kind::Gzip | Kind::Zip) {
            // The decoder could not be made.
            return self.finish(shared);
        }
        self.head.extend(bytes);
        if let Some(len) = self.header(shared) {
            let head = std::mem::take(&mut self.head);
            self.decode(&head[len..], shared);
        }
    }

    /// The length of the header, when it is whole.
    fn header(&mut self, shared: &mut Shared) -> Option<usize> {
        let ready = match self.kind {
            Kind::Gzip => match headers::gzip(&self.head) {
                Header::Ready(len, name) => {
                    self.node.rename(name.unwrap_or_default());
                    self.codec = Some(Codec::inflate(false));
                    Some(len)
                }
                Header::More => None,
                Header::Bad => return self.close(shared),
            },
            _ => match headers::zip(&self.head) {
                Header::Ready(len, entry) => {
                    self.node.rename(entry.name);
                    self.codec = match entry.method {
                        _ if entry.encrypted => None,
                        8 => Some(Codec::inflate(false)),
                        12 => Some(Codec::bzip2()),
                        14 => Some(Codec::ZipLzma(Vec::new())),
                        93 => Codec::zstd(),
                        95 => Codec::xz(),
                        _ => None,
                    };
                    // What is stored is searched as it stands there.
                    if self.codec.is_none() && (entry.encrypted || entry.method != 0) {
                        shared.note(self.node.path(), "it is packed in a way that cannot be undone here");
                    }
                    if self.codec.is_none() {
                        return self.close(shared);
                    }
                    Some(len)
                }
                Header::More => None,
                Header::Bad => return self.close(shared),
            },
        };
        if ready.is_none() && self.head.len() > MAX_HEAD {
            return self.close(shared);
        }
        ready
    }

    fn close(&mut self, shared: &mut Shared) -> Option<usize> {
        self.finish(shared);
        None
    }

    fn decode(&mut self, mut bytes: &[u8], shared: &mut Shared) {
        let Some(mut codec) = self.codec.take() else { return };
        let mut output = vec![0; CHUNK];
        loop {
            let Some(done) = codec.run(bytes, &mut output) else { return self.finish(shared) };
            if !shared.spend(done.written as u64) {
                shared.note(self.node.path(), "it unpacks to too much");
                return self.finish(shared);
            }
            self.node.update(&output[..done.written], shared);
            bytes = &bytes[done.read..];
            if done.ended || (self.is_text() && self.node.is_flat()) {
                return self.finish(shared);
            }
            if (done.read, done.written) == (0, 0) || (bytes.is_empty() && done.written < output.len()) {
                break;
            }
        }
        self.codec = Some(codec);
    }

    /// Whether it is a text whose letters stand for bytes, which many texts are taken for.
    fn is_text(&self) -> bool {
        matches!(self.kind, Kind::Base64 | Kind::Hex)
    }

    /// Nothing more comes.
    pub(crate) fn finish(&mut self, shared: &mut Shared) {
        if !std::mem::replace(&mut self.over, true) {
            self.node.finish(shared);
            shared.close(self.kind.weight());
        }
    }
}
