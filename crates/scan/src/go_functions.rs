//! Which packages a program of Go has code of: the names of its functions, by which it prints stack traces (Go, "Go 1.2 Runtime Symbol
//! Information", and the package `debug/gosym`); those that were inlined are among them. Of programs without a table of symbols nothing is said here, and
//! all of their modules counts: so does `govulncheck`, and answers should not differ by who is asked.

use std::collections::BTreeSet;
use std::io;

use crate::content::Content;
use crate::program::{Part, Program};

/// Tables with more packages are no tables.
const MAX_PACKAGES: usize = 20_000;

/// What is read of the names at once.
const PIECE: u64 = 256 << 10;

/// Programs before Go 1.16 have one table for all; larger ones are not read.
const MAX_OLD: u64 = 8 << 20;

/// The packages; nothing when it is not known where their names are.
pub(crate) fn packages(content: &Content) -> io::Result<Option<BTreeSet<String>>> {
    let Some(program) = Program::open(content)? else { return Ok(None) };
    let names = [".gopclntab", "__gopclntab", ".data.rel.ro.gopclntab"];
    if is_elf(content)? && program.find(&[".symtab"]).is_none() {
        return Ok(None);
    }
    let Some(part) = program.find(&names) else { return Ok(None) };
    let head = program.within(part, 0, 8 + 8 * 8)?;
    let width = usize::from(head[7]);
    if !matches!(width, 4 | 8) {
        return Ok(None);
    }
    let word = |at: usize| program.number(&head[8 + at * width..8 + (at + 1) * width]);
    // Where the names begin, and what comes behind them.
    let (begin, end) = match program.number(&head[..4]) {
        0xffff_fff0 | 0xffff_fff1 => (word(3), word(4)),
        0xffff_fffa => (word(2), word(3)),
        0xffff_fffb => return old(&program, part, width, word(0)),
        _ => return Ok(None),
    };
    let mut all = BTreeSet::new();
    let (mut at, mut rest) = (begin, Vec::new());
    while at < end.min(part.size) {
        let len = PIECE.min(end - at).min(part.size - at);
        rest.extend(program.within(part, at, len)?);
        at += len;
        let whole = rest.iter().rposition(|byte| *byte == 0).map_or(0, |last| last + 1);
        rest[..whole].split(|byte| *byte == 0).for_each(|name| add(name, &mut all));
        rest.drain(..whole);
        if all.len() > MAX_PACKAGES || rest.len() as u64 > PIECE {
            return Ok(None);
        }
    }
    Ok((!all.is_empty()).then_some(all))
}

fn is_elf(content: &Content) -> io::Result<bool> {
    let mut head = [0; 4];
    Ok(content.read_at(0, &mut head)? == 4 && head == *b"\x7fELF")
}

/// Before Go 1.16: a table of addresses and places, at each of which the place of a name is behind an address.
fn old(program: &Program<'_>, part: &Part, width: usize, count: u64) -> io::Result<Option<BTreeSet<String>>> {
    if part.size > MAX_OLD {
        return Ok(None);
    }
    let table = program.within(part, 0, part.size)?;
    let number = |at: usize, len: usize| Some(program.number(table.get(at..at.checked_add(len)?)?));
    let mut all = BTreeSet::new();
    for row in 0..usize::try_from(count).unwrap_or_default() {
        let name = number(8 + width + row * 2 * width + width, width)
            .and_then(|place| number(usize::try_from(place).ok()?.checked_add(width)?, 4))
            .and_then(|place| table.get(usize::try_from(place).ok()?..));
        let Some(name) = name else { return Ok(None) };
        add(name.split(|byte| *byte == 0).next().unwrap_or_default(), &mut all);
        if all.len() > MAX_PACKAGES {
            return Ok(None);
        }
    }
    Ok((!all.is_empty()).then_some(all))
}

/// `a.org/b/c` of `a.org/b/c.(*T).f[...]`.
fn add(name: &[u8], all: &mut BTreeSet<String>) {
    let name = name.split(|byte| *byte == b'[').next().unwrap_or_default();
    let last = name.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
    let Some(dot) = name[last..].iter().position(|byte| *byte == b'.') else { return };
    let Ok(path) = std::str::from_utf8(&name[..last + dot]) else { return };
    if !path.is_empty() && !all.contains(path) {
        // In the last part of a path the linker writes dots so.
        all.insert(if path.contains("%2e") { path.replace("%2e", ".") } else { path.to_owned() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::elf;
    use crate::program::tests::macho;

    const NAMES: &[u8] = b"\0main.main\0a.org/b/c.(*T).f\0a.org/b/c.g[go.shape.int]\0gopkg.in/yaml%2ev2.x.func1\0net/http.(*Client).Do\0";

    fn check(table: &[u8], expect: &[&str]) {
        let content = Content::of(macho("__gopclntab", 0x1000, table));
        let found = packages(&content).unwrap().unwrap_or_default();
        assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), expect);
    }

    const EXPECT: &[&str] = &["a.org/b/c", "gopkg.in/yaml.v2", "main", "net/http"];

    #[test]
    fn names_are_found_in_tables_of_every_form() {
        let table = |magic: u32, place: usize| {
            let mut table = magic.to_le_bytes().to_vec();
            table.extend([0, 0, 1, 8]);
            table.resize(128, 0);
            let (begin, end) = (128, 128 + NAMES.len() as u64);
            table[8 + 8 * place..16 + 8 * place].copy_from_slice(&u64::to_le_bytes(begin));
            table[16 + 8 * place..24 + 8 * place].copy_from_slice(&u64::to_le_bytes(end));
            table.extend(NAMES);
            table
        };
        check(&table(0xffff_fff1, 3), EXPECT);
        check(&table(0xffff_fff0, 3), EXPECT);
        check(&table(0xffff_fffa, 2), EXPECT);
        check(&table(0xffff_fff5, 2), &[]);
    }

    #[test]
    fn names_of_old_tables_are_found_by_their_functions() {
        let names: Vec<&[u8]> = NAMES.split(|byte| *byte == 0).filter(|name| !name.is_empty()).collect();
        let mut table = 0xffff_fffb_u32.to_le_bytes().to_vec();
        table.extend([0, 0, 1, 8]);
        table.extend((names.len() as u64).to_le_bytes());
        // Each function is 16 bytes behind the table of them, and its name behind all.
        let functions = 16 + 16 * names.len();
        let mut texts = functions + 16 * names.len();
        let (mut rows, mut all, mut tail) = (Vec::new(), Vec::new(), Vec::new());
        for (number, name) in names.iter().enumerate() {
            rows.extend(0_u64.to_le_bytes());
            rows.extend(((functions + 16 * number) as u64).to_le_bytes());
            all.extend(0_u64.to_le_bytes());
            all.extend(u32::try_from(texts).unwrap().to_le_bytes());
            all.extend([0; 4]);
            tail.extend(*name);
            tail.push(0);
            texts += name.len() + 1;
        }
        for part in [rows, all, tail] {
            table.extend(part);
        }
        check(&table, EXPECT);
        for len in 0..table.len() {
            let _ = packages(&Content::of(macho("__gopclntab", 0x1000, &table[..len])));
        }
        let stripped = Content::of(elf(".gopclntab", &table));
        assert_eq!(packages(&stripped).unwrap(), None);
    }
}
