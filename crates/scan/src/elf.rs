//! Sections and segments of ELF files (System V ABI, "Object files"), as much as is needed to find a section by its name and
//! bytes by their address.

use std::io;

use crate::content::Content;

/// More sections or segments are no program.
const MAX_PARTS: u64 = 10_000;

/// Larger parts are not read.
const MAX_PART: u64 = 64 << 20;

/// An ELF file.
pub(crate) struct Elf<'a> {
    content: &'a Content,
    wide: bool,
    big: bool,
    sections: Vec<Part>,
    segments: Vec<Part>,
    names: Vec<u8>,
}

/// A section, or a segment that is loaded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    pub(crate) name: u32,
    pub(crate) address: u64,
    pub(crate) offset: u64,
    pub(crate) size: u64,
    pub(crate) writable: bool,
}

impl<'a> Elf<'a> {
    /// Reads the tables of a file; nothing when it is no ELF file.
    pub(crate) fn open(content: &'a Content) -> io::Result<Option<Self>> {
        let mut head = [0; 64];
        let count = content.read_at(0, &mut head)?;
        if count < 52 || !head.starts_with(b"\x7fELF") {
            return Ok(None);
        }
        let (wide, big) = (head[4] == 2, head[5] == 2);
        if wide && count < 64 {
            return Ok(None);
        }
        let mut elf =
            Self { content, wide, big, sections: Vec::new(), segments: Vec::new(), names: Vec::new() };
        let at = |wide_at, narrow_at| if wide { wide_at } else { narrow_at };
        let (segments, sections) = (elf.word(&head, at(32, 28)), elf.word(&head, at(40, 32)));
        let half = |from: usize| elf.number(&head[from..from + 2]);
        let counts =
            (half(at(54, 42)), half(at(56, 44)), half(at(58, 46)), half(at(60, 48)), half(at(62, 50)));
        elf.segments =
            elf.table(segments, counts.0, counts.1)?.iter().filter_map(|row| elf.segment(row)).collect();
        elf.sections = elf.table(sections, counts.2, counts.3)?.iter().map(|row| elf.section(row)).collect();
        let named = usize::try_from(counts.4).ok().and_then(|at| elf.sections.get(at)).copied();
        if let Some(names) = named {
            elf.names = content.range(names.offset, names.size, 1 << 20).unwrap_or_default();
        }
        Ok(Some(elf))
    }

    fn table(&self, at: u64, size: u64, count: u64) -> io::Result<Vec<Vec<u8>>> {
        let least = if self.wide { 56 } else { 32 };
        if at == 0 || count == 0 || size < least || count > MAX_PARTS {
            return Ok(Vec::new());
        }
        let bytes = self.content.range(at, size * count, 1 << 22)?;
        let rows = bytes.chunks_exact(usize::try_from(size).map_err(io::Error::other)?);
        Ok(rows.map(<[u8]>::to_vec).collect())
    }

    fn section(&self, row: &[u8]) -> Part {
        let flags = self.word(row, 8);
        let at = |wide_at, narrow_at| self.word(row, if self.wide { wide_at } else { narrow_at });
        Part {
            name: u32::try_from(self.number(&row[..4])).unwrap_or_default(),
            address: at(16, 12),
            offset: at(24, 16),
            // One without content has a size all the same.
            size: if self.number(&row[4..8]) == 8 { 0 } else { at(32, 20) },
            writable: flags & 1 != 0,
        }
    }

    fn segment(&self, row: &[u8]) -> Option<Part> {
        let at = |wide_at, narrow_at| self.word(row, if self.wide { wide_at } else { narrow_at });
        let flags = if self.wide { &row[4..8] } else { &row[24..28] };
        (self.number(&row[..4]) == 1).then(|| Part {
            name: 0,
            offset: at(8, 4),
            address: at(16, 8),
            size: at(32, 16),
            writable: self.number(flags) & 2 != 0,
        })
    }

    /// A number of the width of addresses.
    fn word(&self, bytes: &[u8], at: usize) -> u64 {
        let width = if self.wide { 8 } else { 4 };
        bytes.get(at..at + width).map_or(0, |bytes| self.number(bytes))
    }

    /// A number in the order of the file.
    pub(crate) fn number(&self, bytes: &[u8]) -> u64 {
        let join = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
        if self.big { bytes.iter().fold(0, join) } else { bytes.iter().rev().fold(0, join) }
    }

    /// The section of a name.
    pub(crate) fn find(&self, name: &str) -> Option<Part> {
        let named = |part: &&Part| {
            let rest = self.names.get(part.name as usize..).unwrap_or_default();
            rest.split(|byte| *byte == 0).next() == Some(name.as_bytes())
        };
        self.sections.iter().find(named).copied()
    }

    /// Segments that are loaded and can be written to: where data is.
    pub(crate) fn data(&self) -> impl Iterator<Item = Part> {
        self.segments.iter().copied().filter(|part| part.writable)
    }

    /// The bytes of a part.
    pub(crate) fn bytes(&self, part: Part) -> io::Result<Vec<u8>> {
        self.content.range(part.offset, part.size, MAX_PART)
    }

    /// Bytes by their address.
    pub(crate) fn at_address(&self, address: u64, len: u64) -> io::Result<Vec<u8>> {
        let has = |part: &&Part| part.address <= address && address - part.address < part.size;
        let part = self.segments.iter().find(has).ok_or(io::ErrorKind::InvalidData)?;
        self.content.range(part.offset.saturating_add(address - part.address), len, 1 << 24)
    }
}
