//! PE files (Microsoft, "PE Format").

use std::io;

use super::{Part, Program, at, padded};
use crate::content::Content;

/// Bytes of a section's row.
const ROW: usize = 40;

/// Reads the table of sections; nothing when it is no PE file.
pub(super) fn open(content: &Content) -> io::Result<Option<Program<'_>>> {
    let mut head = [0; 64];
    if content.read_at(0, &mut head)? < head.len() {
        return Ok(None);
    }
    let begin = at(&head, 0x3c, 4, false);
    let mut head = [0; 24 + 64];
    let count = content.read_at(begin, &mut head)?;
    if count < head.len() || !head.starts_with(b"PE\0\0") {
        return Ok(None);
    }
    let wide = match at(&head, 24, 2, false) {
        0x10b => false,
        0x20b => true,
        _ => return Ok(None),
    };
    let base = if wide { at(&head, 24 + 24, 8, false) } else { at(&head, 24 + 28, 4, false) };
    let (count, optional) = (at(&head, 6, 2, false), at(&head, 20, 2, false));
    let table = content.range(begin.saturating_add(24 + optional), count * ROW as u64, 1 << 22)?;
    let sections: Vec<Part> = table.chunks_exact(ROW).map(|row| section(row, base)).collect();
    Ok(Some(Program { content, wide, big: false, segments: sections.clone(), sections }))
}

fn section(row: &[u8], base: u64) -> Part {
    const WRITE: u64 = 0x8000_0000;
    Part {
        name: padded(&row[..8]),
        name_at: 0,
        address: base.saturating_add(at(row, 12, 4, false)),
        offset: at(row, 20, 4, false),
        size: at(row, 16, 4, false),
        writable: at(row, 36, 4, false) & WRITE != 0,
    }
}
