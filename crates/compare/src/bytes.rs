//! Where two files differ, and what stands there.

use std::io::{self, Read};

/// Bytes of each file that are shown.
const EXCERPT: usize = 48;
/// Bytes before the first difference that are looked at.
const BEFORE: usize = 512;
/// Larger files are not looked at for the order of their lines.
const MAX_LINES: usize = 1 << 20;
const CHUNK: usize = 64 << 10;

/// The first difference of two contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BytesDiffer {
    /// Its place, from 0.
    pub offset: u64,
    /// Its line, from 1, in a text.
    pub line: Option<u64>,
    /// What the first has there: of a text the line, else some bytes; empty when it ends there.
    pub before: Vec<u8>,
    /// What the second has there.
    pub after: Vec<u8>,
    /// What it is, where the format of the file says so: `the time in the gzip header`.
    pub what: Option<&'static str>,
}

/// Finds the first difference of two contents; `None` when they are the same.
pub fn first_difference(before: &mut dyn Read, after: &mut dyn Read) -> io::Result<Option<BytesDiffer>> {
    let (mut one, mut other) = (Window::new(before), Window::new(after));
    let mut lines = Some(1);
    loop {
        let (left, right) = (one.fill()?, other.fill()?);
        if let Some(at) = left.iter().zip(right).position(|(a, b)| a != b).or_else(|| ends(left, right)) {
            lines = lines.filter(|_| is_text(&left[..at])).map(|count| count + breaks(&left[..at]));
            return found(&mut one, &mut other, at, lines).map(Some);
        }
        if left.is_empty() {
            return Ok(None);
        }
        lines = lines.filter(|_| is_text(left)).map(|count| count + breaks(left));
        let count = left.len();
        one.pass(count);
        other.pass(count);
    }
}

/// Where one of two equal beginnings ends.
fn ends(left: &[u8], right: &[u8]) -> Option<usize> {
    (left.len() != right.len()).then(|| left.len().min(right.len()))
}

fn is_text(bytes: &[u8]) -> bool {
    !bytes.contains(&0)
}

/// Whether bytes are text, of which the last character may be cut.
fn is_readable(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).map_or_else(|error| error.error_len().is_none(), |text| !text.contains('\0'))
}

fn breaks(bytes: &[u8]) -> u64 {
    bytes.split(|byte| *byte == b'\n').count() as u64 - 1
}

fn found(
    one: &mut Window<'_>,
    other: &mut Window<'_>,
    at: usize,
    lines: Option<u64>,
) -> io::Result<BytesDiffer> {
    let offset = one.passed + at as u64;
    let begin = one.head.clone();
    let what = in_format(&begin, offset, &one.around(at), &other.around(at));
    let reordered = what.is_none() && one.passed == 0 && are_the_same_lines(one, other)?;
    let what = what.or(reordered.then_some("the same lines in another order"));
    let (before, after) = (one.excerpt(at, lines.is_some()), other.excerpt(at, lines.is_some()));
    let line = lines.filter(|_| is_readable(&before) && is_readable(&after));
    Ok(BytesDiffer { offset, line, before, after, what })
}

/// A part of a file, with some of what was before.
struct Window<'a> {
    source: &'a mut dyn Read,
    bytes: Vec<u8>,
    /// How much of `bytes` is from before.
    old: usize,
    /// Place of what is new.
    passed: u64,
    /// How the file begins.
    head: Vec<u8>,
}

impl<'a> Window<'a> {
    fn new(source: &'a mut dyn Read) -> Self {
        Self { source, bytes: Vec::new(), old: 0, passed: 0, head: Vec::new() }
    }

    /// Reads on; what is new.
    fn fill(&mut self) -> io::Result<&[u8]> {
        self.source.take(CHUNK as u64).read_to_end(&mut self.bytes)?;
        if self.passed == 0 && self.old == 0 {
            self.head = self.bytes[..self.bytes.len().min(BEFORE)].to_vec();
        }
        Ok(&self.bytes[self.old..])
    }

    /// Reads as much as is looked at for the order of lines.
    fn fill_up(&mut self) -> io::Result<()> {
        let room = MAX_LINES.saturating_sub(self.bytes.len()) as u64;
        self.source.take(room).read_to_end(&mut self.bytes).map(drop)
    }

    fn pass(&mut self, count: usize) {
        self.passed += count as u64;
        self.bytes.drain(..self.bytes.len().saturating_sub(BEFORE));
        self.old = self.bytes.len();
    }

    /// What stands before a place of the new part, and the place itself.
    fn around(&self, at: usize) -> (Vec<u8>, usize) {
        let at = self.old + at;
        let begin = at.saturating_sub(BEFORE);
        (self.bytes[begin..(at + EXCERPT).min(self.bytes.len())].to_vec(), at - begin)
    }

    fn excerpt(&self, at: usize, is_text: bool) -> Vec<u8> {
        let at = self.old + at;
        let rest = &self.bytes[at.min(self.bytes.len())..];
        if !is_text {
            return rest[..rest.len().min(EXCERPT / 2)].to_vec();
        }
        // The line, when its beginning is not far.
        let before = &self.bytes[at.saturating_sub(EXCERPT)..at];
        let begin = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        [&before[begin..], &rest[..end.min(EXCERPT)]].concat()
    }
}

/// Whether two small texts have the same lines; both windows are at their beginning.
fn are_the_same_lines(one: &mut Window<'_>, other: &mut Window<'_>) -> io::Result<bool> {
    one.fill_up()?;
    other.fill_up()?;
    if one.bytes.len() != other.bytes.len() || one.bytes.len() >= MAX_LINES || !is_text(&one.bytes) {
        return Ok(false);
    }
    // Names in a row are words rather than lines.
    let parts = |bytes: &[u8]| {
        let mut parts: Vec<Vec<u8>> = bytes.split(u8::is_ascii_whitespace).map(<[u8]>::to_vec).collect();
        parts.sort_unstable();
        parts
    };
    Ok(parts(&one.bytes) == parts(&other.bytes))
}

/// What a place is in files of well-known formats.
fn in_format(
    head: &[u8],
    offset: u64,
    one: &(Vec<u8>, usize),
    other: &(Vec<u8>, usize),
) -> Option<&'static str> {
    if head.starts_with(&[0x1f, 0x8b]) && (4..8).contains(&offset) {
        return Some("the time in the gzip header");
    }
    // Python bytecode: the magic number ends with CR LF; then flags, the time of the source, its size.
    if head.get(2..4) == Some(b"\r\n") && (8..12).contains(&offset) {
        return Some("the time of the source in Python bytecode");
    }
    if head.get(257..262) == Some(b"ustar") {
        let within = offset % 512;
        if (136..148).contains(&within) || (148..156).contains(&within) {
            return Some("the time of a member of the tar archive");
        }
    }
    if head.starts_with(b"!<arch>\n") && in_ar_time(one) && in_ar_time(other) {
        return Some("the time of a member of the ar archive");
    }
    if head.starts_with(b"PK\x03\x04") && in_zip_time(one) {
        return Some("the time of a member of the zip archive");
    }
    None
}

/// Whether a place is in the 12 digits behind the 16 bytes of a member's name; a header ends with a mark at byte 58.
fn in_ar_time((bytes, at): &(Vec<u8>, usize)) -> bool {
    (16..28).any(|within| {
        let header = at.checked_sub(within).map(|begin| &bytes[begin..]);
        header.and_then(|header| header.get(58..60)) == Some(b"`\n")
    })
}

/// Whether a place is in the time of a header: bytes 10 to 13 of a member's, 12 to 15 of the list's at the end.
fn in_zip_time((bytes, at): &(Vec<u8>, usize)) -> bool {
    let is = |within: usize, mark: &[u8]| {
        at.checked_sub(within).is_some_and(|begin| bytes[begin..].starts_with(mark))
    };
    (10..14).any(|within| is(within, b"PK\x03\x04")) || (12..16).any(|within| is(within, b"PK\x01\x02"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(before: &[u8], after: &[u8]) -> Option<BytesDiffer> {
        first_difference(&mut &before[..], &mut &after[..]).unwrap()
    }

    #[test]
    fn texts_differ_in_a_line() {
        let found = difference(b"a\nbuilt 18:40\nc\n", b"a\nbuilt 18:41\nc\n").unwrap();
        assert_eq!((found.offset, found.line, found.what), (12, Some(2), None));
        assert_eq!((&found.before[..], &found.after[..]), (&b"built 18:40"[..], &b"built 18:41"[..]));
        let found = difference(b"a\n", b"a\nb").unwrap();
        assert_eq!((found.offset, &found.before[..], &found.after[..]), (2, &b""[..], &b"b"[..]));
        assert_eq!(difference(b"a", b"a"), None);
        assert_eq!(difference(b"", b""), None);
        let what = |one: &[u8], other: &[u8]| difference(one, other).unwrap().what;
        assert_eq!(what(b"b\na\nc\n", b"a\nb\nc\n"), Some("the same lines in another order"));
        assert_eq!(what(b"b\na\n", b"a\na\n"), None);
    }

    #[test]
    fn far_differences_are_found() {
        let mut one = vec![b'x'; 3 * CHUNK];
        let mut other = one.clone();
        one[2 * CHUNK + 5] = b'1';
        other[2 * CHUNK + 5] = b'2';
        assert_eq!(difference(&one, &other).unwrap().offset, 2 * CHUNK as u64 + 5);
        other.truncate(2 * CHUNK);
        assert_eq!(difference(&one, &other).unwrap().offset, 2 * CHUNK as u64);
    }

    #[test]
    fn times_in_headers_are_called_so() {
        let check = |one: &[u8], at: usize, expect: &str| {
            let mut other = one.to_vec();
            other[at] ^= 1;
            assert_eq!(difference(one, &other).unwrap().what.unwrap_or_default(), expect);
        };
        let gzip = b"\x1f\x8b\x08\0\x01\x02\x03\x04\0\x03data";
        check(gzip, 5, "the time in the gzip header");
        check(gzip, 9, "");
        check(b"\xcb\x0d\r\n\0\0\0\0\x01\x02\x03\x04size", 9, "the time of the source in Python bytecode");
        let mut tar = vec![b'0'; 1024];
        tar[257..262].copy_from_slice(b"ustar");
        check(&tar, 140, "the time of a member of the tar archive");
        check(&tar, 512 + 10, "");
        let ar = b"!<arch>\nname/           1700000000  0     0     100644  2         `\nhi";
        check(ar, 30, "the time of a member of the ar archive");
        check(ar, 69, "");
        check(
            b"PK\x03\x04\x14\0\0\0\x08\0\x12\x34\x56\x78rest",
            11,
            "the time of a member of the zip archive",
        );
    }
}
