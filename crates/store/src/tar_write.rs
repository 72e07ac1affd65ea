//! Writes tar archives that are the same for the same entries: ustar headers, PAX records (POSIX.1-2001) only
//! where a header cannot say it, numeric owners, no access or change times.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use image::{Entry, EntryKind};

use crate::StoreError;

const BLOCK: usize = 512;
const CHUNK: usize = 256 << 10;

/// The largest numbers of a header's fields: seven and eleven octal digits.
const MAX_ID: u64 = 0o777_7777;
const MAX_LONG: u64 = 0o777_7777_7777;

/// A tar archive in the making.
pub(crate) struct TarWriter<'a> {
    out: &'a mut dyn Write,
    epoch: Option<i64>,
    buffer: Vec<u8>,
}

/// The time that an entry gets: none later than `epoch`, and exactly that where nothing but this machine says another.
pub(crate) fn time_of(entry: &Entry, epoch: Option<i64>) -> i64 {
    match epoch {
        Some(epoch) if entry.undated => epoch,
        Some(epoch) => entry.mtime.min(epoch),
        None => entry.mtime,
    }
}

fn failed(source: std::io::Error) -> StoreError {
    StoreError::Io { what: "write", path: "an archive".into(), source }
}

impl<'a> TarWriter<'a> {
    /// Writes to `out`; times after `epoch` become `epoch`.
    pub(crate) fn new(out: &'a mut dyn Write, epoch: Option<i64>) -> Self {
        Self { out, epoch, buffer: Vec::new() }
    }

    /// Writes an entry of a layer, whiteouts in their OCI form. The content of a file is read from `content`.
    pub(crate) fn layer_entry(&mut self, entry: &Entry, content: &Path) -> Result<(), StoreError> {
        match entry.kind {
            EntryKind::Whiteout => self.mark(&whiteout(entry), entry),
            EntryKind::OpaqueDir => {
                self.entry(&Entry { kind: EntryKind::Dir, ..entry.clone() }, content)?;
                let separator: &[u8] = if entry.path.is_empty() { b"" } else { b"/" };
                self.mark(&[&entry.path, separator, b".wh..wh..opq"].concat(), entry)
            }
            _ => self.entry(entry, content),
        }
    }

    /// Writes an entry that is no whiteout.
    pub(crate) fn entry(&mut self, entry: &Entry, content: &Path) -> Result<(), StoreError> {
        self.header(entry, &entry_path(entry))?;
        if entry.kind == EntryKind::File && entry.size > 0 {
            self.content(entry.size, content)?;
        }
        Ok(())
    }

    /// Writes a regular file of bytes.
    pub(crate) fn bytes(&mut self, path: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let mut entry = Entry::new(path, EntryKind::File, 0o644);
        entry.size = bytes.len() as u64;
        self.header(&entry, &entry.path)?;
        self.out.write_all(bytes).map_err(failed)?;
        self.pad(entry.size)
    }

    /// Ends the archive by two empty blocks.
    pub(crate) fn finish(self) -> Result<(), StoreError> {
        self.out.write_all(&[0; BLOCK * 2]).map_err(failed)
    }

    /// An empty file whose name says that something is taken away. It has no owner and the epoch as its time.
    fn mark(&mut self, path: &[u8], entry: &Entry) -> Result<(), StoreError> {
        let mut mark = Entry::new(path, EntryKind::File, 0);
        (mark.mtime, mark.undated) = (entry.mtime, entry.undated);
        self.header(&mark, path)
    }

    fn header(&mut self, entry: &Entry, path: &[u8]) -> Result<(), StoreError> {
        let mtime = time_of(entry, self.epoch);
        let size = if entry.kind == EntryKind::File { entry.size } else { 0 };
        let mut block = [0_u8; BLOCK];
        let mut pax: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        put_path(&mut block, path, &mut pax);
        if !entry.link.is_empty() {
            put_link(&mut block, &entry.link, &mut pax);
        }
        octal(&mut block[100..108], u64::from(entry.mode & 0o7777));
        for (range, value, key) in [(108..116, entry.uid, "uid"), (116..124, entry.gid, "gid")] {
            limited(&mut block[range], u64::from(value), MAX_ID, key, &mut pax);
        }
        limited(&mut block[124..136], size, MAX_LONG, "size", &mut pax);
        if let Ok(seconds) = u64::try_from(mtime) {
            limited(&mut block[136..148], seconds, MAX_LONG, "mtime", &mut pax);
        } else {
            octal(&mut block[136..148], 0);
            pax.push((b"mtime".to_vec(), mtime.to_string().into_bytes()));
        }
        block[156] = type_flag(entry.kind);
        block[257..265].copy_from_slice(b"ustar\x0000");
        octal(&mut block[329..337], u64::from(entry.rdev.0));
        octal(&mut block[337..345], u64::from(entry.rdev.1));
        for (name, value) in &entry.xattrs {
            pax.push(([b"SCHILY.xattr.", name.as_slice()].concat(), value.clone()));
        }
        if !pax.is_empty() {
            self.pax(path, pax)?;
        }
        self.block(&mut block)
    }

    fn pax(&mut self, path: &[u8], mut records: Vec<(Vec<u8>, Vec<u8>)>) -> Result<(), StoreError> {
        records.sort();
        let mut body = Vec::new();
        for (key, value) in &records {
            body.extend(pax_record(key, value));
        }
        let mut block = [0_u8; BLOCK];
        let base = path.strip_suffix(b"/").unwrap_or(path).rsplit(|byte| *byte == b'/').next();
        let name = [b"PaxHeaders.0/", base.unwrap_or_default()].concat();
        let name: Vec<u8> = ascii(&name).take(100).collect();
        block[..name.len()].copy_from_slice(&name);
        octal(&mut block[100..108], 0o644);
        for range in [108..116, 116..124] {
            octal(&mut block[range], 0);
        }
        octal(&mut block[124..136], body.len() as u64);
        octal(&mut block[136..148], 0);
        block[156] = b'x';
        block[257..265].copy_from_slice(b"ustar\x0000");
        self.block(&mut block)?;
        self.out.write_all(&body).map_err(failed)?;
        self.pad(body.len() as u64)
    }

    /// Writes a header block with its checksum.
    fn block(&mut self, block: &mut [u8; BLOCK]) -> Result<(), StoreError> {
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        let text = format!("{sum:06o}\0");
        block[148..155].copy_from_slice(text.as_bytes());
        self.out.write_all(block).map_err(failed)
    }

    fn content(&mut self, size: u64, path: &Path) -> Result<(), StoreError> {
        let mut file = File::open(path).map_err(StoreError::io("open", path))?;
        self.buffer.resize(CHUNK, 0);
        let mut left = size;
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
            let count = file.read(&mut self.buffer[..most]).map_err(StoreError::io("read", path))?;
            if count == 0 {
                let detail = format!("it has fewer than the {size} bytes of its index");
                return Err(StoreError::corrupt(format!("`{}`", path.display()), detail));
            }
            self.out.write_all(&self.buffer[..count]).map_err(failed)?;
            left -= count as u64;
        }
        self.pad(size)
    }

    fn pad(&mut self, size: u64) -> Result<(), StoreError> {
        let rest = usize::try_from(size.wrapping_neg() % BLOCK as u64).unwrap_or_default();
        self.out.write_all(&[0; BLOCK][..rest]).map_err(failed)
    }
}

fn entry_path(entry: &Entry) -> Vec<u8> {
    match (entry.kind.is_dir(), entry.path.is_empty()) {
        (true, true) => b"./".to_vec(),
        (true, false) => [&entry.path, &b"/"[..]].concat(),
        (false, _) => entry.path.clone(),
    }
}

fn whiteout(entry: &Entry) -> Vec<u8> {
    match entry.parent() {
        None | Some(b"") => [b".wh.", entry.name()].concat(),
        Some(parent) => [parent, b"/.wh.", entry.name()].concat(),
    }
}

const fn type_flag(kind: EntryKind) -> u8 {
    match kind {
        EntryKind::File | EntryKind::Whiteout => b'0',
        EntryKind::Hardlink => b'1',
        EntryKind::Symlink => b'2',
        EntryKind::CharDevice => b'3',
        EntryKind::BlockDevice => b'4',
        EntryKind::Dir | EntryKind::OpaqueDir => b'5',
        EntryKind::Fifo => b'6',
    }
}

/// Puts a path into name, or prefix and name; else into a record, with what fits of it in the header.
fn put_path(block: &mut [u8; BLOCK], path: &[u8], pax: &mut Vec<(Vec<u8>, Vec<u8>)>) {
    if path.is_ascii() && path.len() <= 100 {
        block[..path.len()].copy_from_slice(path);
        return;
    }
    if let Some(at) = split_at(path).filter(|_| path.is_ascii()) {
        let (prefix, name) = (&path[..at], &path[at + 1..]);
        block[345..345 + prefix.len()].copy_from_slice(prefix);
        block[..name.len()].copy_from_slice(name);
        return;
    }
    pax.push((b"path".to_vec(), path.to_vec()));
    let short: Vec<u8> = ascii(path).take(100).collect();
    block[..short.len()].copy_from_slice(&short);
}

fn put_link(block: &mut [u8; BLOCK], link: &[u8], pax: &mut Vec<(Vec<u8>, Vec<u8>)>) {
    if !link.is_ascii() || link.len() > 100 {
        pax.push((b"linkpath".to_vec(), link.to_vec()));
    }
    let short: Vec<u8> = ascii(link).take(100).collect();
    block[157..157 + short.len()].copy_from_slice(&short);
}

/// The `/` at which a path can be divided into a prefix of at most 155 bytes and a name of at most 100.
fn split_at(path: &[u8]) -> Option<usize> {
    let end = path.len().checked_sub(1)?;
    (0..end.min(156)).rev().find(|at| path[*at] == b'/' && *at > 0 && path.len() - at - 1 <= 100)
}

fn ascii(bytes: &[u8]) -> impl Iterator<Item = u8> + '_ {
    bytes.iter().map(|byte| if byte.is_ascii() { *byte } else { b'_' })
}

/// Octal digits with leading zeros and a NUL at the end; numbers that do not fit are cut by the caller.
fn octal(field: &mut [u8], value: u64) {
    let width = field.len() - 1;
    let text = format!("{value:0width$o}\0");
    field.copy_from_slice(&text.as_bytes()[..field.len()]);
}

fn limited(field: &mut [u8], value: u64, most: u64, key: &str, pax: &mut Vec<(Vec<u8>, Vec<u8>)>) {
    if value > most {
        pax.push((key.as_bytes().to_vec(), value.to_string().into_bytes()));
    }
    octal(field, if value > most { 0 } else { value });
}

/// `<length> <key>=<value>\n`, whose length counts its own digits.
fn pax_record(key: &[u8], value: &[u8]) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let mut len = rest + rest.to_string().len();
    if len.to_string().len() > rest.to_string().len() {
        len = rest + len.to_string().len();
    }
    [len.to_string().as_bytes(), b" ", key, b"=", value, b"\n"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unpack::TarReader;

    /// Writes one entry and reads it back.
    fn round(entry: &Entry, epoch: Option<i64>) -> (crate::unpack::TarHeader, usize) {
        let mut bytes = Vec::new();
        let mut writer = TarWriter::new(&mut bytes, epoch);
        writer.header(entry, &entry_path(entry)).unwrap();
        let header = TarReader::new(&bytes[..]).next().unwrap().unwrap();
        (header, bytes.len() / BLOCK)
    }

    #[test]
    fn whatever_an_entry_has_is_read_back() {
        let long = |len: usize| vec![b'x'; len];
        let deep = |len: usize| [long(len), b"/".to_vec(), long(90)].concat();
        let check = |entry: Entry, blocks: usize| {
            let (header, found) = round(&entry, None);
            assert_eq!(header.path, entry_path(&entry));
            assert_eq!(header.link, entry.link);
            assert_eq!((header.uid, header.gid, header.mtime), (entry.uid, entry.gid, entry.mtime));
            assert_eq!((header.size, header.xattrs, header.rdev), (entry.size, entry.xattrs, entry.rdev));
            assert_eq!(header.mode, entry.mode);
            assert_eq!(found, blocks, "blocks of {}", image::path_to_string(&entry.path));
        };
        let file = |path: Vec<u8>| Entry::new(path, EntryKind::File, 0o4755);
        check(file(b"a".to_vec()), 1);
        check(file(long(100)), 1);
        check(file(long(101)), 3);
        check(file(deep(155)), 1);
        check(file(deep(156)), 3);
        check(file(long(255)), 3);
        check(file("ä".into()), 3);
        check(file(b"\xff\xfe".to_vec()), 3);
        check(Entry { size: MAX_LONG, ..file(b"a".to_vec()) }, 1);
        check(Entry { size: MAX_LONG + 1, ..file(b"a".to_vec()) }, 3);
        check(Entry { uid: 2_097_151, gid: 2_097_152, ..file(b"a".to_vec()) }, 3);
        check(Entry { mtime: -1, ..file(b"a".to_vec()) }, 3);
        check(Entry { xattrs: vec![(b"user.a".to_vec(), vec![0, 10, 255])], ..file(b"a".to_vec()) }, 3);
        check(Entry { link: long(100), ..Entry::new("l", EntryKind::Symlink, 0o777) }, 1);
        check(Entry { link: long(101), ..Entry::new("l", EntryKind::Symlink, 0o777) }, 3);
        check(Entry { rdev: (8, 1), ..Entry::new("d", EntryKind::BlockDevice, 0o600) }, 1);
        check(Entry::new(long(99), EntryKind::Dir, 0o755), 1);
        check(Entry::new(long(100), EntryKind::Dir, 0o755), 3);
    }

    #[test]
    fn times_are_clamped_and_never_raised() {
        let entry = |mtime| Entry { mtime, ..Entry::new("a", EntryKind::Dir, 0o755) };
        for (mtime, epoch, expect) in [(50, None, 50), (50, Some(10), 10), (5, Some(10), 5)] {
            assert_eq!(round(&entry(mtime), epoch).0.mtime, expect);
        }
        let undated = Entry { undated: true, ..entry(5) };
        assert_eq!(round(&undated, Some(10)).0.mtime, 10, "a time of this machine is not kept");
        assert_eq!(round(&undated, None).0.mtime, 5);
    }

    #[test]
    fn the_length_of_a_record_counts_itself() {
        for len in 80..120 {
            let record = pax_record(b"path", &vec![b'x'; len]);
            assert!(record.starts_with(format!("{} path=", record.len()).as_bytes()), "{len}");
        }
    }
}
