//! Compressed input, found by its first bytes and never by a name or media type.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use image::Digest;
use kit::Hasher;
use liblzma::stream::{CONCATENATED, Stream};

use super::gunzip::Gunzip;

/// Memory that a decoder for xz may take.
const XZ_MEMORY: u64 = 256 << 20;

/// Passed from the decoding thread at once, and how many of them may wait: 4 MiB in all.
const CHUNK: usize = 256 << 10;
const CHUNKS: usize = 16;

/// The same where one only reads ahead: little memory is paid for.
const CHUNK_AHEAD: usize = 128 << 10;
const CHUNKS_AHEAD: usize = 2;

/// As many bytes as tell the compression.
const HEAD: usize = 8;

/// What a member of gzip begins with.
pub(super) const GZIP: [u8; 3] = [0x1f, 0x8b, 8];

/// How bytes are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Plain,
    Gzip,
    Zstd,
    Bzip2,
    Xz,
}

/// Tells the compression by the first bytes.
pub(crate) fn sniff(head: &[u8]) -> Format {
    const MAGIC: &[(&[u8], Format)] = &[
        (&GZIP, Format::Gzip),
        (&[0x28, 0xb5, 0x2f, 0xfd], Format::Zstd),
        (b"BZh", Format::Bzip2),
        (&[0xfd, b'7', b'z', b'X', b'Z', 0], Format::Xz),
    ];
    MAGIC.iter().find(|(magic, _)| head.starts_with(magic)).map_or(Format::Plain, |(_, format)| *format)
}

/// A reader of the decompressed bytes: of gzip, zstd, bzip2 and xz, told by the first bytes; others come as they are. How
/// much comes out is for the caller to bound. An error when the source cannot be read.
pub fn decompress<'a>(source: impl Read + Send + 'a) -> io::Result<Box<dyn BufRead + Send + 'a>> {
    let mut source = source;
    let mut head = Vec::with_capacity(HEAD);
    source.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    let format = sniff(&head);
    let source = io::Cursor::new(head).chain(source);
    Ok(match format {
        Format::Plain => Box::new(buffered(source)),
        Format::Gzip => Box::new(Gunzip::new(source)),
        Format::Zstd => Box::new(buffered(zstd::stream::read::Decoder::with_buffer(buffered(source))?)),
        Format::Bzip2 => Box::new(buffered(bzip2::bufread::MultiBzDecoder::new(buffered(source)))),
        Format::Xz => {
            let stream = Stream::new_stream_decoder(XZ_MEMORY, CONCATENATED).map_err(io::Error::from)?;
            Box::new(buffered(liblzma::bufread::XzDecoder::new_stream(buffered(source), stream)))
        }
    })
}

fn buffered<R: Read>(reader: R) -> BufReader<R> {
    BufReader::with_capacity(CHUNK_AHEAD, reader)
}

/// Decompresses in a thread of its own while `consume` works on what comes; the digest of all decompressed
/// bytes, also of those that `consume` did not read.
pub(crate) fn in_background<T, E: From<io::Error>>(
    source: impl Read + Send,
    limit: u64,
    consume: impl FnOnce(&mut dyn Read) -> Result<T, E>,
) -> Result<(T, Digest), E> {
    thread::scope(|scope| {
        let (send, receive) = sync_channel(CHUNKS);
        let (used, free) = channel();
        let decoder = scope.spawn(move || decode(source, limit, &send, &free));
        let mut reader = ChunkReader { receive, used, chunk: Vec::new(), at: 0, ended: false };
        let value = consume(&mut reader)?;
        io::copy(&mut reader, &mut io::sink())?;
        let digest = decoder.join().map_err(|_| io::Error::other("the decoder failed"))?;
        Ok((value, digest))
    })
}

fn decode(
    source: impl Read + Send,
    limit: u64,
    send: &SyncSender<io::Result<Vec<u8>>>,
    free: &Receiver<Vec<u8>>,
) -> Digest {
    let (mut hasher, mut total) = (Hasher::new(), 0);
    let see = |chunk: &[u8]| {
        total += chunk.len() as u64;
        if total > limit {
            let text = format!("it unpacks to more than {limit} bytes");
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
        }
        hasher.update(chunk);
        Ok(())
    };
    match decompress(source) {
        Ok(reader) => pass_on(reader, CHUNK, send, free, see),
        // Nobody waits for an error when the consumer has gone.
        Err(error) => drop(send.send(Err(error))),
    }
    hasher.finish()
}

/// Reads in a thread of its own, some way ahead of who reads what comes out.
pub(crate) fn ahead(source: impl Read + Send + 'static) -> io::Result<impl BufRead + Send> {
    let (send, receive) = sync_channel(CHUNKS_AHEAD);
    let (used, free) = channel();
    thread::Builder::new().spawn(move || pass_on(source, CHUNK_AHEAD, &send, &free, |_| Ok(())))?;
    Ok(ChunkReader { receive, used, chunk: Vec::new(), at: 0, ended: false })
}

/// Passes on what a reader gives, until its end, an error, or until nobody takes it any more.
fn pass_on(
    mut reader: impl Read,
    size: usize,
    send: &SyncSender<io::Result<Vec<u8>>>,
    free: &Receiver<Vec<u8>>,
    mut see: impl FnMut(&[u8]) -> io::Result<()>,
) {
    loop {
        // Buffers come back from the reader; new memory is paid for page by page.
        let mut chunk = free.try_recv().unwrap_or_else(|_| Vec::with_capacity(size));
        let result = (&mut reader).take(size as u64).read_to_end(&mut chunk);
        let result = match result {
            Ok(0) => return,
            Ok(_) => see(&chunk).map(|()| chunk),
            Err(error) => Err(error),
        };
        let failed = result.is_err();
        if send.send(result).is_err() || failed {
            return;
        }
    }
}

struct ChunkReader {
    receive: Receiver<io::Result<Vec<u8>>>,
    used: Sender<Vec<u8>>,
    chunk: Vec<u8>,
    at: usize,
    ended: bool,
}

impl Read for ChunkReader {
    fn read(&mut self, mut buf: &mut [u8]) -> io::Result<usize> {
        let count = buf.write(self.fill_buf()?)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for ChunkReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.at == self.chunk.len() && !self.ended {
            match self.receive.recv() {
                Ok(Ok(chunk)) => {
                    let mut old = std::mem::replace(&mut self.chunk, chunk);
                    old.clear();
                    // The decoder may have ended and need no more buffers.
                    let _ = self.used.send(old);
                    self.at = 0;
                }
                Ok(Err(error)) => {
                    self.ended = true;
                    return Err(error);
                }
                Err(_) => self.ended = true,
            }
        }
        Ok(&self.chunk[self.at..])
    }

    fn consume(&mut self, count: usize) {
        self.at += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpack(bytes: &[u8], limit: u64) -> io::Result<(Vec<u8>, Digest)> {
        in_background(bytes, limit, |reader| {
            let mut out = Vec::new();
            reader.take(10).read_to_end(&mut out)?;
            Ok(out)
        })
    }

    #[test]
    fn what_is_read_ahead_is_the_same_up_to_an_error() {
        let mut out = Vec::new();
        let plain: Vec<u8> = (0..1_000_000_u32).map(|n| n.to_le_bytes()[1]).collect();
        ahead(io::Cursor::new(plain.clone())).unwrap().read_to_end(&mut out).unwrap();
        assert!(out == plain);
        let broken = io::Cursor::new(plain).chain(kit::LimitReader::new(io::repeat(1), 5));
        assert!(ahead(broken).unwrap().read_to_end(&mut Vec::new()).is_err());
        // A reader that goes early leaves no thread behind that waits.
        drop(ahead(io::repeat(0)).unwrap());
    }

    #[test]
    fn all_compressions_give_the_same_bytes() {
        let plain: Vec<u8> = (0..3_000_000_u32).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[2]).collect();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&plain).unwrap();
        let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        bzip2.write_all(&plain).unwrap();
        let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 0);
        xz.write_all(&plain).unwrap();
        let packed = [
            plain.clone(),
            gzip.finish().unwrap(),
            bzip2.finish().unwrap(),
            xz.finish().unwrap(),
            zstd::bulk::compress(&plain, 1).unwrap(),
        ];
        for bytes in packed {
            let (head, digest) = unpack(&bytes, 1 << 30).unwrap();
            assert_eq!((head.as_slice(), digest), (&plain[..10], Digest::of(&plain)));
            assert!(unpack(&bytes, 1 << 20).is_err(), "over the limit");
        }
    }
}
