//! Archives in the ZIP format (PKWARE, APPNOTE.TXT), read by their central directory: nothing is inflated but what is asked for.

use std::io::{self, Read};

use crate::content::{Content, Scratch};

/// More entries are refused.
const MAX_ENTRIES: u64 = 200_000;

/// Longer contents that are inflated do not stay in memory: there are archives within archives, and all of them are open at once.
const MAX_SHORT: u64 = 2 << 20;

/// The longest comment, and the record before it.
const TAIL: u64 = 0xffff + 22;

/// A ZIP archive.
pub struct Zip<'a> {
    content: &'a Content,
    entries: Vec<ZipEntry>,
}

/// A file of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZipEntry {
    /// Its path as written.
    pub name: String,
    method: u16,
    packed: u64,
    /// Its size in bytes, as the directory says.
    pub size: u64,
    header: u64,
}

fn bad(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("a damaged ZIP archive: {why}"))
}

impl<'a> Zip<'a> {
    /// Reads the directory of an archive.
    pub fn open(content: &'a Content) -> io::Result<Self> {
        let tail_at = content.size().saturating_sub(TAIL);
        let tail = content.range(tail_at, content.size() - tail_at, TAIL)?;
        let end = (0..tail.len().saturating_sub(21)).rev().find(|at| tail[*at..].starts_with(b"PK\x05\x06"));
        let end = end.ok_or_else(|| bad("it has no directory"))?;
        let record = &tail[end..];
        let (mut count, mut size, mut at) =
            (number(&record[10..12]), number(&record[12..16]), number(&record[16..20]));
        if (count == 0xffff || at == 0xffff_ffff) && end >= 20 && tail[end - 20..].starts_with(b"PK\x06\x07")
        {
            let wide = content.range(number(&tail[end - 12..end - 4]), 56, 56)?;
            (count, size, at) = (number(&wide[32..40]), number(&wide[40..48]), number(&wide[48..56]));
        }
        if count > MAX_ENTRIES {
            return Err(bad("it has too many entries"));
        }
        // Archives can have a program before them; offsets count from behind it.
        let begin =
            (tail_at + end as u64).checked_sub(size).filter(|_| number(&record[16..20]) != 0xffff_ffff);
        let shift = begin.and_then(|begin| begin.checked_sub(at)).unwrap_or_default();
        let directory = content.range(at.saturating_add(shift), size, 64 << 20)?;
        Ok(Self { content, entries: entries(&directory, count, shift)? })
    }

    /// All entries in the order of the directory.
    pub fn entries(&self) -> &[ZipEntry] {
        &self.entries
    }

    /// The content of an entry of at most `limit` bytes, in memory.
    pub fn read(&self, entry: &ZipEntry, limit: u64) -> io::Result<Content> {
        self.unpack(entry, |inflate| Ok(Content::of(kit::read_bounded(inflate, entry.size.min(limit))?)))
    }

    /// The content of an entry, which may be long: in memory where it is short, else in a file.
    pub(crate) fn read_long(&self, entry: &ZipEntry, scratch: Scratch<'_>) -> io::Result<Content> {
        self.unpack(entry, |inflate| {
            let mut inflate = kit::LimitReader::new(inflate, entry.size);
            if entry.size > MAX_SHORT {
                return Content::of_long(&mut inflate, scratch);
            }
            Content::of_stream(&[], &mut inflate, entry.size, scratch, Vec::new())
        })
    }

    fn unpack(
        &self,
        entry: &ZipEntry,
        take: impl FnOnce(&mut dyn Read) -> io::Result<Content>,
    ) -> io::Result<Content> {
        let header = self.content.range(entry.header, 30, 30)?;
        if !header.starts_with(b"PK\x03\x04") {
            return Err(bad("an entry is not where it should be"));
        }
        let at = entry.header + 30 + number(&header[26..28]) + number(&header[28..30]);
        match entry.method {
            0 => self.content.part(at, entry.packed),
            8 => {
                let packed = self.content.reader(at).take(entry.packed);
                take(&mut flate2::read::DeflateDecoder::new(packed))
            }
            _ => Err(bad("an entry is compressed in a way that is not known")),
        }
    }
}

fn entries(mut rest: &[u8], count: u64, shift: u64) -> io::Result<Vec<ZipEntry>> {
    let cut = || bad("its directory is cut");
    let mut all = Vec::new();
    for _ in 0..count {
        let head = rest.get(..46).filter(|head| head.starts_with(b"PK\x01\x02")).ok_or_else(cut)?;
        let len = |at: usize| usize::try_from(number(&head[at..at + 2])).unwrap_or_default();
        let (name, extra, comment) = (len(28), len(30), len(32));
        let after = rest.get(46..).ok_or_else(cut)?;
        let (name, after) = after.split_at_checked(name).ok_or_else(cut)?;
        let (extra, after) = after.split_at_checked(extra).ok_or_else(cut)?;
        rest = after.get(comment..).ok_or_else(cut)?;
        let mut wide = wide(extra);
        let mut or_wide =
            |value: u64| if value == 0xffff_ffff { wide.next().unwrap_or(value) } else { value };
        let size = or_wide(number(&head[24..28]));
        let packed = or_wide(number(&head[20..24]));
        let header = or_wide(number(&head[42..46])).saturating_add(shift);
        let method = u16::try_from(number(&head[10..12])).unwrap_or_default();
        all.push(ZipEntry { name: String::from_utf8_lossy(name).into_owned(), method, packed, size, header });
    }
    Ok(all)
}

/// The numbers that need more than 32 bits, in their order.
fn wide(mut extra: &[u8]) -> impl Iterator<Item = u64> {
    let mut found = Vec::new();
    while let Some((head, rest)) = extra.split_at_checked(4) {
        let len = usize::try_from(number(&head[2..])).unwrap_or_default().min(rest.len());
        if number(&head[..2]) == 1 {
            found = rest[..len].chunks_exact(8).map(number).collect();
        }
        extra = &rest[len..];
    }
    found.into_iter()
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write;

    use super::*;

    /// An archive of files; those of even number are deflated.
    pub(crate) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
        let (mut out, mut directory) = (Vec::new(), Vec::new());
        for (number, (name, content)) in files.iter().enumerate() {
            let deflated = number % 2 == 0;
            let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(content).unwrap();
            let packed = if deflated { encoder.finish().unwrap() } else { content.to_vec() };
            let at = out.len();
            let u16_of = |value: usize| u16::try_from(value).unwrap().to_le_bytes();
            let u32_of = |value: usize| u32::try_from(value).unwrap().to_le_bytes();
            let mut common = vec![20, 0, 0, 0, if deflated { 8 } else { 0 }, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            common.extend([u32_of(packed.len()), u32_of(content.len())].concat());
            common.extend([u16_of(name.len()), [0, 0]].concat());
            out.extend([b"PK\x03\x04", &common[..], name.as_bytes(), &packed].concat());
            directory
                .extend([b"PK\x01\x02\x14\0", &common[..], &[0; 10], &u32_of(at), name.as_bytes()].concat());
        }
        let (at, count) = (out.len(), u16::try_from(files.len()).unwrap().to_le_bytes());
        let size = u32::try_from(directory.len()).unwrap().to_le_bytes();
        out.extend(directory);
        out.extend(
            [
                b"PK\x05\x06\0\0\0\0",
                &count[..],
                &count,
                &size,
                &u32::try_from(at).unwrap().to_le_bytes(),
                &[0, 0],
            ]
            .concat(),
        );
        out
    }

    #[test]
    fn files_are_found_and_inflated() {
        let bytes = zip(&[("a", b"aaaaaaaaaaaaaa"), ("d/b", b"b")]);
        for bytes in [bytes.clone(), [b"#!/bin/sh\n", &bytes[..]].concat()] {
            let content = Content::of(bytes);
            let zip = Zip::open(&content).unwrap();
            let read = |at: usize| zip.read(&zip.entries()[at], 100).unwrap().all(100).unwrap().to_vec();
            assert_eq!((read(0), read(1)), (b"aaaaaaaaaaaaaa".to_vec(), b"b".to_vec()));
            assert!(zip.read(&zip.entries()[0], 5).is_err(), "over the limit");
            assert_eq!(zip.entries()[1].name, "d/b");
        }
    }

    #[test]
    fn damage_is_an_error_and_no_panic() {
        let bytes = zip(&[("a", b"aaaaaaaaaaaaaa"), ("d/b", b"b")]);
        for at in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[at] ^= 0xff;
            for content in [Content::of(bad), Content::of(bytes[..at].to_vec())] {
                if let Ok(zip) = Zip::open(&content) {
                    for entry in zip.entries() {
                        let _ = zip.read(entry, 1 << 16);
                    }
                }
            }
        }
    }
}
