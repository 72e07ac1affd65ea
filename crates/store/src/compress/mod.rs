//! Compression by several threads whose result does not depend on their number.
//!
//! The input is cut into blocks of a fixed size; each is compressed on its own; an ordered writer joins the
//! results. The number of buffers is fixed, so memory is bounded by a few blocks per thread.

mod deflate;
mod gzip;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use image::media_type;
use serde::{Deserialize, Serialize};

use crate::{StoreError, locked};

/// How layers are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum Compression {
    /// gzip members of 1 MiB.
    #[default]
    Gzip,
    /// Zstandard frames of 4 MiB.
    Zstd,
    /// Not at all.
    None,
}

impl Compression {
    /// The OCI media type of such a layer.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Gzip => media_type::LAYER_GZIP,
            Self::Zstd => media_type::LAYER_ZSTD,
            Self::None => media_type::LAYER,
        }
    }

    /// Names how blobs are made: another name where their bytes would be others, so that a store does not give those that an
    /// older cooper made of the same layer.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip2",
            Self::Zstd => "zstd",
            Self::None => "none",
        }
    }

    /// Bytes that are compressed at once.
    const fn block(self) -> usize {
        match self {
            Self::Zstd => 4 << 20,
            Self::Gzip | Self::None => 1 << 20,
        }
    }
}

const ZSTD_LEVEL: i32 = 3;

/// How a stream is compressed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Packing {
    pub(crate) compression: Compression,
    /// The algorithm's own scale; `None` is what suits layers best.
    pub(crate) level: Option<i32>,
    /// Threads beside the caller's; with none the caller compresses, too, which is what suits a short stream.
    pub(crate) threads: usize,
}

/// Compresses blocks, one after the other.
enum Packer {
    Gzip(gzip::Gzip),
    Zstd(i32),
    Plain,
}

impl Packer {
    fn new(packing: Packing) -> Self {
        match packing.compression {
            Compression::Gzip => Self::Gzip(gzip::Gzip::new(packing.level)),
            Compression::Zstd => Self::Zstd(packing.level.unwrap_or(ZSTD_LEVEL)),
            Compression::None => Self::Plain,
        }
    }

    /// A whole stream of its own; streams that follow each other are one.
    fn pack(&mut self, block: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Self::Gzip(gzip) => gzip.member(block),
            Self::Zstd(level) => zstd::bulk::compress(block, *level),
            Self::Plain => Ok(block.to_vec()),
        }
    }
}

/// A compressed block, with the buffer that it was made of.
struct Packed {
    number: u64,
    bytes: Vec<u8>,
    raw: Vec<u8>,
}

/// Compresses what `produce` writes into `sink`.
pub(crate) fn compress<T>(
    packing: Packing,
    sink: &mut (dyn Write + Send),
    produce: impl FnOnce(&mut dyn Write) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    if packing.compression == Compression::None {
        return produce(sink);
    }
    if packing.threads == 0 {
        return alone(packing, sink, produce);
    }
    let threads = packing.threads.min(64);
    let buffers = threads * 2 + 2;
    thread::scope(|scope| {
        let (free_send, free) = channel();
        let (send, jobs) = sync_channel::<(u64, Vec<u8>)>(buffers);
        let (packed_send, packed) = channel();
        let jobs = std::sync::Arc::new(Mutex::new(jobs));
        for _ in 0..threads {
            let (jobs, packed_send) = (jobs.clone(), packed_send.clone());
            scope.spawn(move || work(packing, &jobs, &packed_send));
        }
        drop((packed_send, jobs));
        let writer = scope.spawn(move || write_ordered(packing, &packed, &free_send, sink));
        let size = packing.compression.block();
        let mut feeder = Feeder { size, number: 0, send, free, made: 1, buffers };
        let mut blocks = Blocks::new(packing, Vec::with_capacity(size), move |full| feeder.take(full));
        let produced = produce(&mut blocks);
        let flushed = blocks.finish();
        let written = writer.join().unwrap_or_else(|_| Err(io::Error::other("the compressor failed")));
        // When the writer failed, the producer only saw that nobody took its bytes.
        written.and_then(|()| if produced.is_ok() { flushed } else { Ok(()) }).map_err(unwritten)?;
        produced
    })
}

/// The same without other threads.
fn alone<T>(
    packing: Packing,
    sink: &mut dyn Write,
    produce: impl FnOnce(&mut dyn Write) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut packer = Packer::new(packing);
    let mut write = |block: &[u8]| sink.write_all(&packer.pack(block)?);
    let mut nothing = true;
    let mut blocks = Blocks::new(packing, Vec::new(), |mut block| {
        nothing = false;
        write(&block)?;
        block.clear();
        Ok(block)
    });
    let produced = produce(&mut blocks)?;
    let written = blocks.finish().and_then(|()| if nothing { write(&[]) } else { Ok(()) });
    written.map_err(unwritten)?;
    Ok(produced)
}

fn unwritten(source: io::Error) -> StoreError {
    StoreError::Io { what: "write", path: "a compressed layer".into(), source }
}

/// Cuts what is written into blocks. Each goes to `take` when more comes or all has come, for an empty buffer.
struct Blocks<F> {
    size: usize,
    block: Vec<u8>,
    take: F,
}

impl<F: FnMut(Vec<u8>) -> io::Result<Vec<u8>>> Blocks<F> {
    /// Begins with an empty buffer.
    fn new(packing: Packing, block: Vec<u8>, take: F) -> Self {
        Self { size: packing.compression.block(), block, take }
    }

    fn next(&mut self) -> io::Result<()> {
        self.block = (self.take)(std::mem::take(&mut self.block))?;
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        if self.block.is_empty() { Ok(()) } else { self.next() }
    }
}

impl<F: FnMut(Vec<u8>) -> io::Result<Vec<u8>>> Write for Blocks<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.block.len() == self.size {
            self.next()?;
        }
        let count = bytes.len().min(self.size - self.block.len());
        self.block.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Hands blocks to the workers, and takes buffers back from who has written them.
struct Feeder {
    size: usize,
    number: u64,
    send: SyncSender<(u64, Vec<u8>)>,
    free: Receiver<Vec<u8>>,
    made: usize,
    buffers: usize,
}

impl Feeder {
    fn take(&mut self, full: Vec<u8>) -> io::Result<Vec<u8>> {
        let empty = if self.made < self.buffers {
            self.made += 1;
            Vec::with_capacity(self.size)
        } else {
            self.free.recv().map_err(|_| io::ErrorKind::BrokenPipe)?
        };
        self.send.send((self.number, full)).map_err(|_| io::ErrorKind::BrokenPipe)?;
        self.number += 1;
        Ok(empty)
    }
}

fn work(packing: Packing, jobs: &Mutex<Receiver<(u64, Vec<u8>)>>, packed: &Sender<io::Result<Packed>>) {
    let mut coder = Packer::new(packing);
    loop {
        let Ok((number, raw)) = locked(jobs).recv() else { return };
        let result = coder.pack(&raw).map(|bytes| Packed { number, bytes, raw });
        if packed.send(result).is_err() {
            return;
        }
    }
}

fn write_ordered(
    packing: Packing,
    packed: &Receiver<io::Result<Packed>>,
    free: &Sender<Vec<u8>>,
    sink: &mut dyn Write,
) -> io::Result<()> {
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    while let Ok(result) = packed.recv() {
        let block = result?;
        waiting.insert(block.number, block);
        while let Some(mut block) = waiting.remove(&next) {
            sink.write_all(&block.bytes)?;
            next += 1;
            block.raw.clear();
            // Nobody waits for a buffer after the last block.
            let _ = free.send(block.raw);
        }
    }
    // A stream of nothing, so that nothing is valid, too.
    if next == 0 { sink.write_all(&Packer::new(packing).pack(&[])?) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    /// Text-like content of `len` bytes, the same each time.
    fn content(len: usize) -> Vec<u8> {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            b"the quick brown fox jumps over the lazy dog\n\0\x7fELF"[(state >> 24) as usize % 49]
        };
        (0..len).map(|_| next()).collect()
    }

    fn pack(compression: Compression, threads: usize, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let produce = |sink: &mut dyn Write| {
            bytes.chunks(77_777).try_for_each(|part| sink.write_all(part)).unwrap();
            Ok(())
        };
        compress(Packing { compression, level: None, threads }, &mut out, produce).unwrap();
        out
    }

    fn unpack(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        crate::unpack::decompress(bytes).unwrap().read_to_end(&mut out).unwrap();
        out
    }

    #[test]
    fn the_same_bytes_for_any_number_of_threads() {
        for len in [0, 1, 1 << 20, (1 << 20) + 1, 9_500_000] {
            let bytes = content(len);
            for compression in [Compression::Gzip, Compression::Zstd, Compression::None] {
                let one = pack(compression, 1, &bytes);
                assert!(unpack(&one) == bytes, "{compression:?} {len}");
                for threads in (2..=8).chain([0]) {
                    assert!(pack(compression, threads, &bytes) == one, "{compression:?} {len} {threads}");
                }
            }
        }
    }

    #[test]
    fn gzip_reads_all_members() {
        let bytes = content(3_000_000);
        let packed = pack(Compression::Gzip, 2, &bytes);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.gz");
        std::fs::write(&path, &packed).unwrap();
        let Ok(output) = std::process::Command::new("gzip").arg("-dc").arg(&path).output() else {
            crate::test_support::skip("gzip is not installed");
            return;
        };
        assert!(output.status.success() && output.stdout == bytes);
    }

    #[test]
    fn a_sink_that_fails_is_an_error_and_not_a_hang() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let bytes = content(20_000_000);
        let produce =
            |sink: &mut dyn Write| sink.write_all(&bytes).map_err(|error| StoreError::refused("test", error));
        let packing = Packing { compression: Compression::Gzip, level: Some(6), threads: 2 };
        let error = compress(packing, &mut Full, produce).unwrap_err();
        assert!(
            matches!(error, StoreError::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull)
        );
    }
}
