//! Reads tar archives: ustar, PAX (POSIX.1-2001 "pax Interchange Format") and GNU long names. Everything that
//! an archive can make large is bounded.

use std::io::{self, Read};

use super::Skip;

const BLOCK: usize = 512;

/// The most that a PAX header or a long name may have.
const MAX_EXTENSION: u64 = 1 << 20;

/// What a tar entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TarKind {
    /// A regular file.
    File,
    /// A hard link to a path of the archive.
    Hardlink,
    /// A symbolic link.
    Symlink,
    /// A character device.
    Char,
    /// A block device.
    Block,
    /// A directory.
    Dir,
    /// A named pipe.
    Fifo,
}

/// The header of an entry with its extensions applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TarHeader {
    /// Path as written.
    pub path: Vec<u8>,
    /// What it is.
    pub kind: TarKind,
    /// Permission bits, `0o7777`.
    pub mode: u32,
    /// Numeric owner.
    pub uid: u32,
    /// Numeric group.
    pub gid: u32,
    /// Seconds since 1970.
    pub mtime: i64,
    /// Bytes of content that follow.
    pub size: u64,
    /// Link target as written.
    pub link: Vec<u8>,
    /// Numbers of a device.
    pub rdev: (u32, u32),
    /// `SCHILY.xattr.*` records, sorted by name.
    pub xattrs: Vec<(Vec<u8>, Vec<u8>)>,
}

/// Reads entries in order. After [`Self::next`] the reader itself passes the content of that entry.
pub(crate) struct TarReader<R> {
    inner: R,
    /// Bytes of the current content that were not read yet, and zeros after it.
    left: u64,
    padding: u64,
    /// Bytes taken from `inner`.
    offset: u64,
    global: Pax,
}

#[derive(Debug, Clone, Default)]
struct Pax {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    uid: Option<u32>,
    gid: Option<u32>,
    mtime: Option<i64>,
    xattrs: Vec<(Vec<u8>, Vec<u8>)>,
}

impl<R: Skip> TarReader<R> {
    /// Reads an archive that is not compressed.
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, left: 0, padding: 0, offset: 0, global: Pax::default() }
    }

    /// What is left of the source.
    pub(crate) fn into_inner(self) -> R {
        self.inner
    }

    /// Where the content of the current entry begins.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// The next entry; `None` at the end of the archive.
    pub(crate) fn next(&mut self) -> io::Result<Option<TarHeader>> {
        let mut pax = self.global.clone();
        loop {
            self.skip()?;
            let Some(block) = self.block()? else { return Ok(None) };
            let kind = block[156];
            let size = number(&block[124..136])?;
            match kind {
                b'x' => parse_pax(&self.extension(size)?, &mut pax)?,
                b'g' => {
                    let bytes = self.extension(size)?;
                    parse_pax(&bytes, &mut self.global)?;
                    pax = self.global.clone();
                }
                b'L' => pax.path = Some(until_nul(&self.extension(size)?).to_vec()),
                b'K' => pax.link = Some(until_nul(&self.extension(size)?).to_vec()),
                // The label of a volume says nothing of a file.
                b'V' => self.begin(size),
                _ => return self.header(&block, pax).map(Some),
            }
        }
    }

    fn header(&mut self, block: &[u8; BLOCK], pax: Pax) -> io::Result<TarHeader> {
        let path = pax.path.unwrap_or_else(|| ustar_path(block));
        let kind = match block[156] {
            b'0' | 0 | b'7' if path.ends_with(b"/") => TarKind::Dir,
            b'0' | 0 | b'7' => TarKind::File,
            b'1' => TarKind::Hardlink,
            b'2' => TarKind::Symlink,
            b'3' => TarKind::Char,
            b'4' => TarKind::Block,
            b'5' => TarKind::Dir,
            b'6' => TarKind::Fifo,
            b'S' => return Err(invalid("sparse files are not supported; pack it again without `--sparse`")),
            other => {
                return Err(invalid(&format!("an entry of the unknown type `{}`", other.escape_ascii())));
            }
        };
        // Links and the like have no content whatever their size says, as all readers agree.
        let size = match (kind, pax.size) {
            (TarKind::File, Some(size)) => size,
            (TarKind::File, None) => number(&block[124..136])?,
            _ => 0,
        };
        self.begin(size);
        let mut xattrs = pax.xattrs;
        xattrs.sort();
        xattrs.dedup_by(|a, b| a.0 == b.0);
        Ok(TarHeader {
            path,
            kind,
            mode: small(number(&block[100..108])?)? & 0o7777,
            uid: pax.uid.map_or_else(|| small(number(&block[108..116])?), Ok)?,
            gid: pax.gid.map_or_else(|| small(number(&block[116..124])?), Ok)?,
            mtime: pax.mtime.map_or_else(|| signed(&block[136..148]), Ok)?,
            size,
            link: pax.link.unwrap_or_else(|| until_nul(&block[157..257]).to_vec()),
            rdev: match kind {
                TarKind::Char | TarKind::Block => {
                    (small(number(&block[329..337])?)?, small(number(&block[337..345])?)?)
                }
                _ => (0, 0),
            },
            xattrs,
        })
    }

    fn begin(&mut self, size: u64) {
        self.left = size;
        self.padding = size.wrapping_neg() % BLOCK as u64;
    }

    fn extension(&mut self, size: u64) -> io::Result<Vec<u8>> {
        if size > MAX_EXTENSION {
            return Err(invalid("an extended header of more than 1 MiB"));
        }
        self.begin(size);
        let mut bytes = Vec::new();
        self.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Passes over what is left of the current entry.
    fn skip(&mut self) -> io::Result<()> {
        let rest = self.left.checked_add(self.padding).ok_or_else(|| invalid("a size that cannot be"))?;
        if rest > 0 {
            let passed = self.inner.skip(rest)?;
            self.offset += passed;
            if passed < rest {
                return Err(ended());
            }
        }
        (self.left, self.padding) = (0, 0);
        Ok(())
    }

    /// The next header block; `None` at the end.
    fn block(&mut self) -> io::Result<Option<[u8; BLOCK]>> {
        let mut block = [0; BLOCK];
        let mut filled = 0;
        while filled < BLOCK {
            match self.inner.read(&mut block[filled..]) {
                Ok(0) if filled == 0 => return Ok(None),
                Ok(0) => return Err(ended()),
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.offset += BLOCK as u64;
        if block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        if !checksum_fits(&block) {
            return Err(invalid("a header whose checksum is wrong; it is not a tar archive or is damaged"));
        }
        Ok(Some(block))
    }
}

impl<R: Skip> Read for TarReader<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buf.len());
        if most == 0 {
            return Ok(0);
        }
        let count = self.inner.read(&mut buf[..most])?;
        if count == 0 {
            return Err(ended());
        }
        self.left -= count as u64;
        self.offset += count as u64;
        Ok(count)
    }
}

/// Whether a block is the header of a tar entry.
pub(crate) fn is_header(block: &[u8]) -> bool {
    block.first_chunk::<BLOCK>().is_some_and(checksum_fits)
}

/// The sum of all bytes with the checksum's own as spaces; some old writers summed signed bytes.
fn checksum_fits(block: &[u8; BLOCK]) -> bool {
    let Ok(stored) = number(&block[148..156]) else { return false };
    let mut summed = *block;
    summed[148..156].fill(b' ');
    let unsigned: u64 = summed.iter().map(|byte| u64::from(*byte)).sum();
    // Bytes from 128 on count 256 less when they are signed.
    let large = summed.iter().filter(|byte| **byte >= 128).count() as u64;
    stored == unsigned || Some(stored) == unsigned.checked_sub(256 * large)
}

fn ustar_path(block: &[u8; BLOCK]) -> Vec<u8> {
    let name = until_nul(&block[..100]);
    let prefix = until_nul(&block[345..500]);
    // GNU's own format, whose magic has a space here, keeps other things in the place of the prefix.
    if &block[257..263] == b"ustar\0" && !prefix.is_empty() {
        return [prefix, b"/", name].concat();
    }
    name.to_vec()
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// A number of a header: octal digits, or base 256 when the highest bit is set (GNU and star).
fn number(field: &[u8]) -> io::Result<u64> {
    u64::try_from(signed(field)?).map_err(|_| invalid("a negative number in a header"))
}

fn signed(field: &[u8]) -> io::Result<i64> {
    if field[0] & 0x80 != 0 {
        let negative = field[0] & 0x40 != 0;
        let first = if negative { i128::from(field[0]) - 256 } else { i128::from(field[0] & 0x7f) };
        let value = field[1..].iter().fold(first, |value, byte| value << 8 | i128::from(*byte));
        return i64::try_from(value).map_err(|_| invalid("a number in a header is too large"));
    }
    let text = until_nul(field).trim_ascii();
    let text = std::str::from_utf8(text).map_err(|_| invalid("a number in a header is malformed"))?;
    if text.is_empty() {
        return Ok(0);
    }
    i64::from_str_radix(text, 8).map_err(|_| invalid("a number in a header is malformed"))
}

fn small(value: u64) -> io::Result<u32> {
    u32::try_from(value).map_err(|_| invalid("a number in a header is too large"))
}

fn parse_pax(mut bytes: &[u8], pax: &mut Pax) -> io::Result<()> {
    let bad = || invalid("a malformed PAX header");
    while !bytes.is_empty() && bytes[0] != 0 {
        let space = bytes.iter().take(8).position(|byte| *byte == b' ').ok_or_else(bad)?;
        let text = std::str::from_utf8(&bytes[..space]).map_err(|_| bad())?;
        let len: usize = text.parse().map_err(|_| bad())?;
        let (record, rest) = bytes.split_at_checked(len).ok_or_else(bad)?;
        let record = record.get(space + 1..).and_then(|record| record.strip_suffix(b"\n")).ok_or_else(bad)?;
        let equals = record.iter().position(|byte| *byte == b'=').ok_or_else(bad)?;
        pax_record(&record[..equals], &record[equals + 1..], pax)?;
        bytes = rest;
    }
    Ok(())
}

fn pax_record(key: &[u8], value: &[u8], pax: &mut Pax) -> io::Result<()> {
    let text = || std::str::from_utf8(value).map_err(|_| invalid("a malformed number in a PAX header"));
    let bad = |_| invalid("a malformed number in a PAX header");
    match key {
        b"path" => pax.path = Some(without_nul(value)?),
        b"linkpath" => pax.link = Some(without_nul(value)?),
        b"size" => pax.size = Some(text()?.parse().map_err(bad)?),
        b"uid" => pax.uid = Some(text()?.parse().map_err(bad)?),
        b"gid" => pax.gid = Some(text()?.parse().map_err(bad)?),
        b"mtime" => pax.mtime = Some(seconds(text()?)?),
        _ if key.starts_with(b"GNU.sparse.") => {
            return Err(invalid("sparse files are not supported; pack it again without `--sparse`"));
        }
        _ => {
            if let Some(name) = key.strip_prefix(b"SCHILY.xattr.") {
                pax.xattrs.retain(|(known, _)| known != name);
                pax.xattrs.push((name.to_vec(), value.to_vec()));
            }
        }
    }
    Ok(())
}

fn without_nul(value: &[u8]) -> io::Result<Vec<u8>> {
    if value.contains(&0) { Err(invalid("a path with a NUL byte")) } else { Ok(value.to_vec()) }
}

/// Whole seconds of a decimal number, rounded down.
fn seconds(text: &str) -> io::Result<i64> {
    let bad = |_| invalid("a malformed time in a PAX header");
    let Some((whole, fraction)) = text.split_once('.') else { return text.parse().map_err(bad) };
    let value: i64 = whole.parse().map_err(bad)?;
    let down = whole.starts_with('-') && fraction.bytes().any(|digit| digit != b'0');
    Ok(value.saturating_sub(i64::from(down)))
}

fn invalid(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}

fn ended() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends in the middle of an entry")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_octal_or_base_256() {
        let check = |field: &[u8], expect: Option<i64>| assert_eq!(signed(field).ok(), expect, "{field:?}");
        check(b"0000644\0", Some(0o644));
        check(b"   644 \0", Some(0o644));
        check(b"\0\0\0\0\0\0\0\0", Some(0));
        check(&[0x80, 0, 0, 2, 0, 0, 0, 0], Some(0x2_0000_0000));
        check(&[0xff; 12], Some(-1));
        check(b"99\0", None);
        check(&[0x9f; 12], None);
    }

    #[test]
    fn times_are_rounded_down() {
        for (text, expect) in [("12", 12), ("12.9", 12), ("-1.5", -2), ("-1.0", -1), ("0.1", 0)] {
            assert_eq!(seconds(text).unwrap(), expect, "{text}");
        }
        assert!(seconds("x").is_err());
    }

    proptest! {
        #[test]
        fn no_input_panics(mut bytes in proptest::collection::vec(any::<u8>(), 512..2048), kind in any::<u8>()) {
            bytes[156] = kind;
            bytes[148..156].fill(b' ');
            let sum: u64 = bytes[..512].iter().map(|byte| u64::from(*byte)).sum();
            bytes[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
            let mut reader = TarReader::new(&bytes[..]);
            while let Ok(Some(_)) = reader.next() {}
        }
    }
}
