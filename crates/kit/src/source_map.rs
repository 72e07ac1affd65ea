//! Leads from a text that was put together from pieces of a source back to that source.

use std::ops::Range;

use crate::TextRange;

/// For each part of a text the part of the source that it comes from. Pieces are added in the order of the text.
/// A piece is either copied as it is, so that every byte has its place, or it stands as a whole for something
/// that is written differently, as `\n` is for a line feed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceMap {
    /// In the order of the text; none is empty.
    pieces: Vec<Piece>,
    /// Length of the text so far.
    len: u32,
    /// Where the source is for a text without pieces.
    origin: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    /// First byte in the text.
    at: u32,
    source: TextRange,
}

impl SourceMap {
    /// A map for a text that begins at `origin` of the source.
    pub const fn new(origin: u32) -> Self {
        Self { pieces: Vec::new(), len: 0, origin }
    }

    /// A map for a text that is the part `source` of the source.
    pub fn verbatim(source: TextRange) -> Self {
        let mut map = Self::new(source.start);
        map.push(source.len(), source);
        map
    }

    /// Adds `len` bytes of text that come from `source`. When both are of the same length, each byte is taken to
    /// have its own place.
    pub fn push(&mut self, len: u32, source: TextRange) {
        if self.pieces.is_empty() {
            self.origin = source.start;
        }
        if len == 0 {
            return;
        }
        let at = self.len;
        self.len += len;
        if let Some(last) = self.pieces.last_mut() {
            let copied = at - last.at == last.source.len();
            if copied && len == source.len() && last.source.end == source.start {
                last.source.end = source.end;
                return;
            }
        }
        self.pieces.push(Piece { at, source });
    }

    /// Length of the text.
    pub const fn len(&self) -> u32 {
        self.len
    }

    /// Whether the text is empty.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Where the part `range` of the text stands in the source. What lies between its pieces is covered; an empty
    /// range has an empty place.
    pub fn source(&self, range: TextRange) -> TextRange {
        let Some(start) = self.place(range.start).map(|place| place.start) else {
            let end = self.pieces.last().map_or(self.origin, |piece| piece.source.end);
            return TextRange::new(end, end);
        };
        if range.is_empty() {
            return TextRange::new(start, start);
        }
        let end = self.place(range.end.min(self.len) - 1).map_or(start, |place| place.end);
        TextRange::new(start, end)
    }

    /// The map of the part `range` of the text.
    #[must_use]
    pub fn part(&self, range: TextRange) -> Self {
        let mut part = Self::new(self.source(TextRange::new(range.start, range.start)).start);
        let first = self.pieces.partition_point(|piece| piece.at <= range.start).saturating_sub(1);
        let end = self.pieces.partition_point(|piece| piece.at < range.end);
        for index in first..end {
            let bounds = self.bounds(index);
            let cut = TextRange::new(bounds.start.max(range.start), bounds.end.min(range.end));
            if cut.start < bounds.end {
                part.push(cut.len(), self.source(cut));
            }
        }
        part
    }

    /// The map from this text to what the source of this map comes from: `outer` leads there.
    #[must_use]
    pub fn through(&self, outer: &Self) -> Self {
        let mut whole = Self::new(outer.source(TextRange::new(self.origin, self.origin)).start);
        for (index, piece) in self.pieces.iter().enumerate() {
            let len = self.bounds(index).len();
            if len == piece.source.len() {
                let part = outer.part(piece.source);
                (0..part.pieces.len())
                    .for_each(|inner| whole.push(part.bounds(inner).len(), part.pieces[inner].source));
            } else {
                whole.push(len, outer.source(piece.source));
            }
        }
        whole
    }

    /// The bytes of the text that a piece stands for.
    fn bounds(&self, index: usize) -> TextRange {
        let end = self.pieces.get(index + 1).map_or(self.len, |next| next.at);
        TextRange::new(self.pieces[index].at, end)
    }

    /// Where the byte `at` of the text comes from.
    fn place(&self, at: u32) -> Option<TextRange> {
        let index = self.pieces.partition_point(|piece| piece.at <= at).checked_sub(1)?;
        let (piece, bounds) = (self.pieces[index], self.bounds(index));
        if at >= bounds.end {
            return None;
        }
        if bounds.len() != piece.source.len() {
            return Some(piece.source);
        }
        let start = piece.source.start + (at - bounds.start);
        Some(TextRange::new(start, start + 1))
    }
}

impl From<Range<u32>> for SourceMap {
    fn from(range: Range<u32>) -> Self {
        Self::verbatim(TextRange::new(range.start, range.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn range(start: u32, end: u32) -> TextRange {
        TextRange::new(start, end)
    }

    /// `ab`, a line feed written as `\n`, and `cd` behind a gap.
    fn example() -> (SourceMap, &'static str) {
        let source = "xab\\n--cd";
        let mut map = SourceMap::new(0);
        map.push(1, range(1, 2));
        map.push(1, range(2, 3));
        map.push(1, range(3, 5));
        map.push(2, range(7, 9));
        (map, source)
    }

    #[test]
    fn every_part_has_its_place() {
        let (map, source) = example();
        assert_eq!((map.pieces.len(), map.len(), map.is_empty()), (3, 5, false));
        let check = |part: TextRange, expect: &str| {
            assert_eq!(map.source(part).slice(source), expect, "{part:?}");
        };
        check(range(0, 1), "a");
        check(range(1, 2), "b");
        check(range(1, 3), "b\\n");
        check(range(2, 3), "\\n");
        check(range(2, 4), "\\n--c");
        check(range(0, 5), "ab\\n--cd");
        check(range(4, 9), "d");
        assert_eq!(map.source(range(3, 3)), range(7, 7));
        assert_eq!(map.source(range(5, 5)), range(9, 9));
        assert_eq!(SourceMap::new(4).source(range(0, 0)), range(4, 4));
        assert_eq!(SourceMap::from(3..5).source(range(1, 2)), range(4, 5));
    }

    #[test]
    fn parts_and_chains_of_maps_lead_to_the_same_places() {
        let (map, _) = example();
        for (start, end) in [(0, 5), (1, 4), (2, 3), (3, 5), (2, 2)] {
            let part = map.part(range(start, end));
            assert_eq!(part.len(), end - start);
            let inner = SourceMap::verbatim(range(start, end)).through(&map);
            for at in 0..part.len() {
                let expect = map.source(range(start + at, start + at + 1));
                assert_eq!(part.source(range(at, at + 1)), expect);
                assert_eq!(inner.source(range(at, at + 1)), expect);
            }
        }
        let mut outer = SourceMap::new(0);
        outer.push(9, range(20, 29));
        assert_eq!(map.through(&outer).source(range(1, 4)), range(22, 28));
    }
}
