//! Go modules that are linked into a program: what the Go linker writes into it (Go, package `debug/buildinfo`), with the standard library
//! as `stdlib` and the main module under its own name. Versions that are not known, as that of a main module that was
//! built from a checkout, are left out.

use std::io;

use facts::{Ecosystem, Package};

use crate::content::Content;
use crate::elf::{Elf, Part};
use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer =
    Cataloguer { name: "go-binary", revision: 1, files: &[Pattern::Program], reads: Reads::Installed, read };

const MAGIC: &[u8] = b"\xff Go buildinf:";

/// Where the information is when its section has no name: at the begin of the data.
const SEARCHED: u64 = 1 << 20;

/// More of another kind of file than ELF is not searched.
const SEARCHED_WHOLE: u64 = 256 << 20;

fn read(file: &FileToRead<'_>, found: &mut Found) {
    if let Ok(Some((version, modules))) = info(file.content) {
        packages(&version, &modules, found);
    }
}

/// The version of Go, and the text with the modules.
fn info(content: &Content) -> io::Result<Option<(String, String)>> {
    let Some(elf) = Elf::open(content)? else { return searched(content) };
    if let Some(part) = elf.find(".go.buildinfo") {
        return Ok(of_section(&elf, &elf.bytes(part)?));
    }
    for part in elf.data() {
        let bytes = elf.bytes(Part { size: part.size.min(SEARCHED), ..part })?;
        if let Some(at) = position(&bytes) {
            return Ok(of_section(&elf, &bytes[at..]));
        }
    }
    Ok(None)
}

fn position(bytes: &[u8]) -> Option<usize> {
    (0..bytes.len()).step_by(16).find(|at| bytes[*at..].starts_with(MAGIC))
}

/// Other formats are searched as a whole.
fn searched(content: &Content) -> io::Result<Option<(String, String)>> {
    const CHUNK: usize = 1 << 20;
    let mut at = 0;
    while at < content.size().min(SEARCHED_WHOLE) {
        let mut bytes = vec![0; CHUNK];
        let count = content.read_at(at, &mut bytes)?;
        if let Some(found) = position(&bytes[..count]) {
            let begin = at + found as u64;
            let rest = content.range(begin, (content.size() - begin).min(4 << 20), 4 << 20)?;
            return Ok(inline(&rest));
        }
        at += CHUNK as u64;
    }
    Ok(None)
}

fn of_section(elf: &Elf<'_>, bytes: &[u8]) -> Option<(String, String)> {
    if !bytes.starts_with(MAGIC) {
        return None;
    }
    if bytes.get(15)? & 2 != 0 {
        return inline(bytes);
    }
    // Before Go 1.18: two addresses of strings, each an address and a length.
    let width = usize::from(*bytes.get(14)?);
    if !matches!(width, 4 | 8) {
        return None;
    }
    let text = |at: usize| -> Option<Vec<u8>> {
        let header = elf.number(bytes.get(at..at + width)?);
        let header = elf.at_address(header, 2 * width as u64).ok()?;
        elf.at_address(elf.number(&header[..width]), elf.number(&header[width..])).ok()
    };
    Some((String::from_utf8(text(16)?).ok()?, framed(&text(16 + width).unwrap_or_default())))
}

/// Since Go 1.18: two strings after the head, each after its length.
fn inline(bytes: &[u8]) -> Option<(String, String)> {
    let mut rest = bytes.get(32..)?;
    let mut text = || -> Option<&[u8]> {
        let (mut len, mut shift) = (0usize, 0);
        loop {
            let (byte, after) = rest.split_first()?;
            rest = after;
            len |= usize::from(byte & 0x7f).checked_shl(shift)?;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let (text, after) = rest.split_at_checked(len)?;
        rest = after;
        Some(text)
    };
    let version = String::from_utf8(text()?.to_vec()).ok()?;
    Some((version, framed(text().unwrap_or_default())))
}

/// Without the 16 bytes before and behind by which the linker finds it.
fn framed(bytes: &[u8]) -> String {
    let is_framed = bytes.len() >= 33 && bytes[bytes.len() - 17] == b'\n';
    String::from_utf8_lossy(if is_framed { &bytes[16..bytes.len() - 16] } else { &[] }).into_owned()
}

fn packages(version: &str, modules: &str, found: &mut Found) {
    if let Some(version) = version.strip_prefix("go") {
        let version = version.split([' ', '-']).next().unwrap_or_default();
        found.push(Package::new(Ecosystem::Golang, "stdlib", version));
    }
    let mut last: Option<(&str, &str)> = None;
    for line in modules.lines().chain(["end"]) {
        let mut fields = line.split('\t');
        let (kind, path, version) = (fields.next(), fields.next(), fields.next());
        if kind == Some("=>") {
            last = path.zip(version).filter(|(_, version)| !version.is_empty());
            continue;
        }
        if let Some((path, version)) = last.take() {
            let version = if version == "(devel)" { "" } else { version };
            found.push(Package::new(Ecosystem::Golang, path, version));
        }
        if matches!(kind, Some("mod" | "dep")) {
            last = path.map(|path| (path, version.unwrap_or_default()));
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::cataloguers::tests::check;

    const MODULES: &str = "path\ta.org/a/cmd\nmod\ta.org/a\t(devel)\t\ndep\tb.org/b\tv1.0.0\th1:x=\ndep\tc.org/c\tv1.0.0\n=>\td.org/d\tv2.0.0\th1:y=\nbuild\t-compiler=gc\n";

    fn text(out: &mut Vec<u8>, text: &[u8]) {
        let mut len = text.len();
        while len >= 0x80 {
            out.push(u8::try_from(len & 0x7f).unwrap() | 0x80);
            len >>= 7;
        }
        out.push(u8::try_from(len).unwrap());
        out.extend(text);
    }

    fn block() -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend([8, 2]);
        out.resize(32, 0);
        text(&mut out, b"go1.21.5 X:nocoverageredesign");
        text(&mut out, format!("{}{MODULES}{}", "x".repeat(16), "y".repeat(16)).as_bytes());
        out
    }

    #[test]
    fn modules_are_read_with_their_replacements() {
        let expect = ["stdlib 1.21.5", "a.org/a ", "b.org/b v1.0.0", "d.org/d v2.0.0"];
        let mut windows = b"MZ".to_vec();
        windows.resize(4096, 0);
        windows.extend(block());
        check(&CATALOGUER, "a.exe", windows, &expect);
        check(&CATALOGUER, "a", elf(".go.buildinfo", &block()), &expect);
        check(&CATALOGUER, "a", elf(".other", &block()), &[]);
    }

    /// A 64-bit ELF file with one section.
    pub(crate) fn elf(name: &str, content: &[u8]) -> Vec<u8> {
        let mut out = b"\x7fELF\x02\x01\x01".to_vec();
        out.resize(64, 0);
        let names = format!("\0{name}\0");
        let (at, len) = (out.len() as u64, content.len() as u64);
        out.extend(content);
        let names_at = out.len() as u64;
        out.extend(names.as_bytes());
        let table = out.len() as u64;
        for (name, offset, size) in [(0u32, 0, 0), (1, at, len), (0, names_at, names.len() as u64)] {
            let mut row = [0; 64];
            row[..4].copy_from_slice(&name.to_le_bytes());
            row[4] = 1;
            row[24..32].copy_from_slice(&offset.to_le_bytes());
            row[32..40].copy_from_slice(&size.to_le_bytes());
            out.extend(row);
        }
        out[40..48].copy_from_slice(&table.to_le_bytes());
        for (at, value) in [(58, 64u16), (60, 3), (62, 2)] {
            out[at..at + 2].copy_from_slice(&value.to_le_bytes());
        }
        out
    }

    #[test]
    fn what_is_cut_is_no_program_and_no_panic() {
        let whole = elf(".go.buildinfo", &block());
        for len in 0..whole.len() {
            let content = Content::of(whole[..len].to_vec());
            let _ = info(&content);
        }
    }
}
