//! ELF files (System V ABI, "Object files").

use std::io;

use super::{MAX_PARTS, Part, Program};
use crate::content::Content;

/// An ELF file in the reading.
struct Elf<'a> {
    content: &'a Content,
    wide: bool,
    big: bool,
}

/// Reads the tables of a file; nothing when it is no ELF file.
pub(super) fn open(content: &Content) -> io::Result<Option<Program<'_>>> {
    let mut head = [0; 64];
    let count = content.read_at(0, &mut head)?;
    if count < 52 || !head.starts_with(b"\x7fELF") {
        return Ok(None);
    }
    let (wide, big) = (head[4] == 2, head[5] == 2);
    if wide && count < 64 {
        return Ok(None);
    }
    let elf = Elf { content, wide, big };
    let at = |wide_at, narrow_at| if wide { wide_at } else { narrow_at };
    let (segments, sections) = (elf.word(&head, at(32, 28)), elf.word(&head, at(40, 32)));
    let half = |from: usize| elf.number(&head[from..from + 2]);
    let segments = elf.table(segments, half(at(54, 42)), half(at(56, 44)))?;
    let sections = elf.table(sections, half(at(58, 46)), half(at(60, 48)))?;
    let mut sections: Vec<Part> = sections.iter().map(|row| elf.section(row)).collect();
    let table = usize::try_from(half(at(62, 50))).ok().and_then(|at| sections.get(at));
    if let Some(table) = table {
        let texts = content.range(table.offset, table.size, 1 << 20).unwrap_or_default();
        for part in &mut sections {
            let rest = texts.get(part.name_at..).unwrap_or_default();
            part.name = rest.split(|byte| *byte == 0).next().unwrap_or_default().to_vec();
        }
    }
    let segments = segments.iter().filter_map(|row| elf.segment(row)).collect();
    Ok(Some(Program { content, wide, big, sections, segments }))
}

impl Elf<'_> {
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
            name: Vec::new(),
            name_at: usize::try_from(self.number(&row[..4])).unwrap_or(usize::MAX),
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
            name: Vec::new(),
            name_at: 0,
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
    fn number(&self, bytes: &[u8]) -> u64 {
        super::number(bytes, self.big)
    }
}
