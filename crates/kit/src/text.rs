//! Byte ranges of a text, line numbers, and edits.

use std::fmt;
use std::ops::Range;

use serde::Serialize;

/// A half-open range of byte offsets in a text of at most 4 GiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
pub struct TextRange {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl TextRange {
    /// The range `start..end`; `end` is raised to `start` when it is smaller.
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end: if end < start { start } else { end } }
    }

    /// A range from `usize` offsets; offsets past 4 GiB are clamped, as no text of that size is ever read.
    pub fn of(range: Range<usize>) -> Self {
        let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self::new(clamp(range.start), clamp(range.end))
    }

    /// Length in bytes.
    pub const fn len(self) -> u32 {
        self.end - self.start
    }

    /// Whether it covers no byte.
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The smallest range that covers both.
    #[must_use]
    pub fn cover(self, other: Self) -> Self {
        Self::new(self.start.min(other.start), self.end.max(other.end))
    }

    /// Whether `offset` lies within.
    pub const fn contains(self, offset: u32) -> bool {
        self.start <= offset && offset < self.end
    }

    /// The same as a range of `usize`, for slicing.
    pub const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The part of `text` that it covers; empty when out of bounds or within a character.
    pub fn slice(self, text: &str) -> &str {
        text.get(self.range()).unwrap_or("")
    }
}

/// A position as people count it: both from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LineCol {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub col: u32,
}

/// The offsets at which the lines of a text begin.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Finds the lines of `text`; a line ends after `\n`.
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts
            .extend(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| clamp(at + 1)));
        Self { starts }
    }

    /// The line of a byte offset, from 1.
    pub fn line(&self, offset: u32) -> u32 {
        clamp(self.starts.partition_point(|start| *start <= offset))
    }

    /// Line and column of a byte offset in `text`, which must be the text of this index.
    pub fn line_col(&self, text: &str, offset: u32) -> LineCol {
        let line = self.line(offset);
        let start = self.starts[line as usize - 1];
        let col = text.get(start as usize..offset as usize).map_or(0, |part| part.chars().count());
        LineCol { line, col: clamp(col) + 1 }
    }

    /// The byte range of a line (from 1) with its line end; empty past the last line.
    pub fn line_range(&self, text: &str, line: u32) -> TextRange {
        let end = clamp(text.len());
        let start = self.starts.get((line as usize).saturating_sub(1)).copied().unwrap_or(end);
        TextRange::new(start, self.starts.get(line as usize).copied().unwrap_or(end))
    }
}

fn clamp(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// Replaces a range of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// What is replaced; empty to insert.
    pub range: TextRange,
    /// What stands there afterwards.
    pub replacement: String,
}

/// Edits that cannot be applied together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EditError {
    /// Two edits touch the same bytes.
    Overlap(TextRange, TextRange),
    /// An edit lies outside the text or splits a character.
    OutOfBounds(TextRange),
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overlap(a, b) => {
                write!(f, "edits at {}..{} and {}..{} overlap", a.start, a.end, b.start, b.end)
            }
            Self::OutOfBounds(a) => write!(f, "an edit at {}..{} lies outside the text", a.start, a.end),
        }
    }
}

impl std::error::Error for EditError {}

/// Applies `edits`, given in any order, to `text`.
pub fn apply_edits(text: &str, edits: &[Edit]) -> Result<String, EditError> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| edit.range);
    let mut out = String::with_capacity(text.len());
    let mut last = TextRange::default();
    for edit in sorted {
        if edit.range.start < last.end {
            return Err(EditError::Overlap(last, edit.range));
        }
        let between = text.get(last.end as usize..edit.range.start as usize);
        out.push_str(between.ok_or(EditError::OutOfBounds(edit.range))?);
        out.push_str(&edit.replacement);
        last = edit.range;
    }
    out.push_str(text.get(last.end as usize..).ok_or(EditError::OutOfBounds(last))?);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_in_characters() {
        let text = "añb\ncd";
        let index = LineIndex::new(text);
        assert_eq!(index.line_col(text, 0), LineCol { line: 1, col: 1 });
        assert_eq!(index.line_col(text, 3), LineCol { line: 1, col: 3 });
        assert_eq!(index.line_col(text, 6), LineCol { line: 2, col: 2 });
        assert_eq!(index.line_range(text, 1).slice(text), "añb\n");
        assert_eq!(index.line_range(text, 3).slice(text), "");
    }

    #[test]
    fn edits_apply_in_any_order_and_refuse_overlap() {
        let edit =
            |start, end, new: &str| Edit { range: TextRange::new(start, end), replacement: new.into() };
        assert_eq!(apply_edits("abcd", &[edit(3, 4, "X"), edit(0, 1, "")]).unwrap(), "bcX");
        assert!(apply_edits("abcd", &[edit(0, 2, ""), edit(1, 3, "")]).is_err());
        assert!(apply_edits("abcd", &[edit(3, 9, "")]).is_err());
    }
}
