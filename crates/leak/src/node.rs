//! One stream of bytes: a file, or what came out of a decoder.

use crate::inner::{Inner, Kind};
use crate::needles::{Needles, Pattern};
use crate::regions::Regions;
use crate::search::Shared;

/// Searched at once.
const BATCH: usize = 128 << 10;
/// Streams within streams.
const MAX_DEPTH: usize = 10;
/// Streams side by side within one.
const MAX_INNER: usize = 16;

pub(crate) struct Node<'a> {
    needles: &'a Needles,
    /// What leads to it: names of members.
    path: Vec<String>,
    depth: usize,
    raw: Window,
    /// The same without fillers, so that line breaks, columns and quotes hide nothing.
    dense: Window,
    inners: Vec<Inner<'a>>,
    regions: Regions,
    /// Whether streams of zlib, whose signature is weak, may be anywhere.
    zlib: bool,
    /// Whether all of it is there at once.
    small: bool,
}

/// The last bytes of a stream.
#[derive(Default)]
struct Window {
    bytes: Vec<u8>,
    /// How many of them have been searched.
    old: usize,
    /// Where they begin in the stream.
    base: u64,
}

impl Window {
    /// Keeps what a match could still begin in.
    fn slide(&mut self, keep: usize) {
        let cut = self.bytes.len().saturating_sub(keep);
        self.bytes.drain(..cut);
        self.base += cut as u64;
        self.old = self.bytes.len();
    }
}

impl<'a> Node<'a> {
    pub(crate) fn new(needles: &'a Needles, path: Vec<String>, depth: usize) -> Self {
        Self {
            needles,
            path,
            depth,
            raw: Window::default(),
            dense: Window::default(),
            inners: Vec::new(),
            regions: Regions::default(),
            zlib: false,
            small: false,
        }
    }

    pub(crate) fn path(&self) -> &[String] {
        &self.path
    }

    /// Whether something of it was searched and nothing compressed is being read.
    pub(crate) fn is_flat(&self) -> bool {
        self.raw.base > 0 && self.inners.is_empty()
    }

    /// Gives the last part of its path a name.
    pub(crate) fn rename(&mut self, name: String) {
        if let Some(last) = self.path.last_mut()
            && !name.is_empty()
        {
            *last = name;
        }
    }

    /// Takes the next bytes.
    pub(crate) fn update(&mut self, bytes: &[u8], shared: &mut Shared) {
        for part in bytes.chunks(BATCH) {
            self.raw.bytes.extend_from_slice(part);
            if self.raw.bytes.len() - self.raw.old >= BATCH {
                self.flush(false, shared);
            }
        }
    }

    /// Nothing more comes.
    pub(crate) fn finish(&mut self, shared: &mut Shared) {
        self.flush(true, shared);
        for inner in &mut self.inners {
            inner.finish(shared);
        }
    }

    fn flush(&mut self, last: bool, shared: &mut Shared) {
        let (fresh, base) = (self.raw.old, self.raw.base);
        let begins = base == 0 && fresh == 0;
        if begins {
            self.regions.sniff(&self.raw.bytes);
            let has_head = |head: &[u8]| self.raw.bytes.starts_with(head);
            self.small = last;
            self.zlib = last || [&b"PACK"[..], b"%PDF-", b"\x89PNG"].into_iter().any(has_head);
        }
        self.regions.update(base + fresh as u64, &self.raw.bytes[fresh..], base);
        // First, as it gives members their names.
        self.descend(begins, shared);
        self.find_raw(last, shared);
        self.find_dense(last, shared);
        let keep = self.needles.longest() + 1;
        self.raw.slide(keep);
        self.dense.slide(keep);
    }

    fn find_raw(&self, last: bool, shared: &mut Shared) {
        let Window { bytes, old, base } = &self.raw;
        self.needles.raw.find(bytes, |pattern, begin| {
            if counts(pattern, bytes, *old, begin, last) {
                self.hit(pattern, base + begin as u64, shared);
            }
        });
    }

    fn find_dense(&mut self, last: bool, shared: &mut Shared) {
        let fresh = &self.raw.bytes[self.raw.old..];
        squeeze(fresh, &mut self.dense.bytes);
        let Window { bytes, old, .. } = &self.dense;
        self.needles.dense.find(bytes, |pattern, begin| {
            if counts(pattern, bytes, *old, begin, last) {
                let end = (begin + pattern.len).saturating_sub(*old);
                self.hit(pattern, self.place(end, pattern.len), shared);
            }
        });
    }

    /// Where something begins whose last letter is the one before number `end` of those that are new, fillers aside.
    fn place(&self, end: usize, len: usize) -> u64 {
        let Window { bytes, old, base } = &self.raw;
        let is_letter = |byte: &u8| !is_filler(*byte);
        let mut letters = (*old..bytes.len()).filter(|at| is_letter(&bytes[*at]));
        let stop = end.checked_sub(1).map_or(*old, |at| letters.nth(at).map_or(bytes.len(), |at| at + 1));
        let mut back = (0..stop).rev().filter(|at| is_letter(&bytes[*at]));
        base + back.nth(len.saturating_sub(1)).unwrap_or(0) as u64
    }

    fn hit(&self, pattern: &Pattern, offset: u64, shared: &mut Shared) {
        let (path, offset) = self.within(offset);
        shared.hit(pattern, path, offset);
    }

    /// The path of a place, members of uncompressed archives among it, and the offset there.
    fn within(&self, offset: u64) -> (Vec<String>, u64) {
        let mut path = self.path.clone();
        match self.regions.at(offset) {
            Some((name, begin)) => {
                path.push(name.to_owned());
                (path, offset - begin)
            }
            None => (path, offset),
        }
    }

    /// Looks into what is compressed.
    fn descend(&mut self, begins: bool, shared: &mut Shared) {
        let bytes = std::mem::take(&mut self.raw.bytes);
        let (fresh, base) = (self.raw.old, self.raw.base);
        for inner in &mut self.inners {
            inner.update(&bytes[fresh..], shared);
        }
        self.inners.retain(|inner| !inner.over);
        if begins {
            self.start(weak_signature(&bytes), &bytes, base, shared);
        }
        let mut found: Vec<(Kind, usize)> = Vec::new();
        self.needles.signatures.find(&bytes, |number, begin| {
            let (len, kind) = self.needles.kinds[number];
            if begin + len > fresh {
                found.push((kind, begin));
            }
        });
        if self.zlib {
            let pairs = bytes.windows(2).enumerate().skip(fresh.saturating_sub(1));
            found.extend(pairs.filter(|(_, pair)| is_zlib(pair)).map(|(at, _)| (Kind::Zlib, at)));
        }
        if self.small {
            found.extend(zlib_texts(&bytes).map(|at| (Kind::Base64, at)));
        }
        for (kind, begin) in found {
            self.start(Some(kind), &bytes[begin..], base + begin as u64, shared);
        }
        self.raw.bytes = bytes;
    }

    fn start(&mut self, kind: Option<Kind>, bytes: &[u8], offset: u64, shared: &mut Shared) {
        let Some(kind) = kind else { return };
        if kind == Kind::Zip
            && let crate::headers::Header::Ready(len, entry) = crate::headers::zip(bytes)
            && entry.method == 0
        {
            let size = entry.size.unwrap_or(u64::MAX);
            self.regions.add(offset + len as u64, size, entry.name);
            return;
        }
        let path = self.within(offset).0;
        if kind == Kind::Zlib && self.inners.len() >= MAX_INNER {
            // Most of what looks like it is something else.
            return;
        }
        if self.depth >= MAX_DEPTH {
            return shared.note(&path, "it is packed too often");
        }
        let mut inner = Inner::new(kind, self.needles, &path, self.depth + 1);
        if self.inners.len() >= MAX_INNER || !inner.open(shared) {
            return shared.note(&path, "it holds too many archives");
        }
        inner.update(bytes, shared);
        if !inner.over {
            self.inners.push(inner);
        }
    }
}

/// Whether a match is new and complete, and stands for itself where it has to.
fn counts(pattern: &Pattern, bytes: &[u8], old: usize, begin: usize, last: bool) -> bool {
    let end = begin + pattern.len;
    let seen = end < old || (end == bytes.len() && !last);
    let joins = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let word = || !joins(begin.checked_sub(1).map(|at| &bytes[at])) && !joins(bytes.get(end));
    !seen && (!pattern.word || word())
}

/// Appends bytes without the fillers among them.
fn squeeze(from: &[u8], to: &mut Vec<u8>) {
    to.reserve(from.len());
    for part in from.chunks(32) {
        let any = part.iter().fold(false, |any, byte| any | is_odd(*byte));
        if !any {
            to.extend_from_slice(part);
            continue;
        }
        if part == [0; 32] {
            continue;
        }
        let (mut kept, mut count) = ([0; 32], 0);
        for byte in part {
            kept[count % 32] = *byte;
            count += usize::from(!is_filler(*byte));
        }
        to.extend_from_slice(&kept[..count]);
    }
}

/// What stands between the parts of a text that is broken into several: by columns, as a list, as words in quotes, or in
/// characters of two and four bytes.
pub(crate) const fn is_filler(byte: u8) -> bool {
    FILLERS[byte as usize]
}

const FILLERS: [bool; 256] = {
    let (mut table, mut at, all) = ([false; 256], 0, b" \t\n\r\0\"'\\,");
    while at < all.len() {
        table[all[at] as usize] = true;
        at += 1;
    }
    table
};

/// Whether a byte may be a filler.
#[expect(clippy::needless_bitwise_bool, reason = "so the compiler compares many bytes at once")]
const fn is_odd(byte: u8) -> bool {
    (byte <= b' ') | (byte == b'"') | (byte == b'\'') | (byte == b',') | (byte == b'\\')
}

/// Where a text in base64 may begin that stands for a stream of zlib.
fn zlib_texts(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    bytes.windows(3).enumerate().filter_map(move |(at, three)| {
        let fits = match three {
            [b'e', b'A', c] => (b'E'..=b'H').contains(c),
            [b'e', b'F', c] => (b'4'..=b'7').contains(c),
            [b'e', b'J', c] => (b'w'..=b'z').contains(c),
            [b'e', b'N', c] => (b'o'..=b'r').contains(c),
            _ => false,
        };
        let begins = || at.checked_sub(1).is_none_or(|before| !is_letter(&bytes[before]));
        (fits && begins()).then_some(at)
    })
}

/// What begins a stream that its first bytes alone do not tell from others.
fn weak_signature(bytes: &[u8]) -> Option<Kind> {
    match bytes {
        [a, b, ..] if is_zlib(&[*a, *b]) => Some(Kind::Zlib),
        [0x5d, 0, 0, ..] => Some(Kind::Lzma),
        _ => None,
    }
}

/// The two bytes that a stream of zlib begins with (RFC 1950, section 2.2), for the window that all writers use.
fn is_zlib(pair: &[u8]) -> bool {
    matches!(pair, [0x78, 0x01 | 0x5e | 0x9c | 0xda])
}
