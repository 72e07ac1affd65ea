//! Mach-O files (Apple, "Mach-O file format"), and files that have one for each architecture.

use std::io;

use super::{MAX_PARTS, Part, Program, at, padded};
use crate::content::Content;

/// More architectures are a class of Java, which begins with the same bytes and its version.
const MAX_ARCHITECTURES: u64 = 20;

/// Reads the commands that load segments; nothing when it is no Mach-O file.
pub(super) fn open(content: &Content) -> io::Result<Option<Program<'_>>> {
    let mut head = [0; 32];
    if content.read_at(0, &mut head)? < head.len() {
        return Ok(None);
    }
    let (wide, big) = match head[..4] {
        [0xcf, 0xfa, 0xed, 0xfe] => (true, false),
        [0xce, 0xfa, 0xed, 0xfe] => (false, false),
        [0xfe, 0xed, 0xfa, 0xcf] => (true, true),
        [0xfe, 0xed, 0xfa, 0xce] => (false, true),
        _ => return Ok(None),
    };
    let mut program = Program { content, wide, big, sections: Vec::new(), segments: Vec::new() };
    let (count, len) = (at(&head, 16, 4, big), at(&head, 20, 4, big));
    let commands = content.range(if wide { 32 } else { 28 }, len, 1 << 22)?;
    let mut rest = commands.as_slice();
    for _ in 0..count.min(MAX_PARTS) {
        let len = usize::try_from(at(rest, 4, 4, big)).unwrap_or_default();
        let Some((command, after)) = rest.split_at_checked(len).filter(|_| len >= 8) else { break };
        let is_segment = at(command, 0, 4, big) == if wide { 0x19 } else { 1 };
        if is_segment {
            segment(command, &mut program);
        }
        rest = after;
    }
    Ok(Some(program))
}

fn segment(command: &[u8], program: &mut Program<'_>) {
    let (wide, big) = (program.wide, program.big);
    // Places in the forms of 64 and of 32 bits.
    let word = |row: &[u8], wide_at, narrow_at| {
        if wide { at(row, wide_at, 8, big) } else { at(row, narrow_at, 4, big) }
    };
    let writable = at(command, if wide { 60 } else { 44 }, 4, big) & 2 != 0;
    program.segments.push(Part {
        name: padded(command.get(8..24).unwrap_or_default()),
        name_at: 0,
        address: word(command, 24, 24),
        offset: word(command, 40, 32),
        size: word(command, 48, 36),
        writable,
    });
    let (begin, len) = if wide { (72, 80) } else { (56, 68) };
    for row in command.get(begin..).unwrap_or_default().chunks_exact(len) {
        program.sections.push(Part {
            name: padded(&row[..16]),
            name_at: 0,
            address: word(row, 32, 32),
            offset: at(row, if wide { 48 } else { 40 }, 4, big),
            size: word(row, 40, 36),
            writable,
        });
    }
}

/// The files within one of several architectures.
pub(super) fn parts_of(content: &Content) -> Vec<Content> {
    let mut head = [0; 8];
    let read = content.read_at(0, &mut head).unwrap_or_default();
    let count = at(&head, 4, 4, true);
    if read < head.len() || !head.starts_with(b"\xca\xfe\xba\xbe") || count > MAX_ARCHITECTURES {
        return Vec::new();
    }
    let Ok(table) = content.range(8, count * 20, 1 << 10) else { return Vec::new() };
    let rows = table.chunks_exact(20);
    rows.filter_map(|row| content.part(at(row, 8, 4, true), at(row, 12, 4, true)).ok()).collect()
}
