//! Places of findings as people and other tools count them.

use std::collections::BTreeMap;

use facts::Location;
use kit::{LineCol, LineIndex, TextRange};

use crate::Report;

/// Finds lines and columns in the files of a report; each file is indexed once.
pub(crate) struct Places<'a> {
    files: BTreeMap<&'a str, (&'a str, LineIndex)>,
}

impl<'a> Places<'a> {
    pub(crate) fn new(report: &Report<'a>) -> Self {
        let file =
            |(name, text): &'a (String, String)| (name.as_str(), (text.as_str(), LineIndex::new(text)));
        Self { files: report.files.iter().map(file).collect() }
    }

    /// Begin and end (which is behind the last character); both 1:1 for a file the report does not have.
    pub(crate) fn of(&self, location: &Location) -> (LineCol, LineCol) {
        self.exact(&location.file, shown(self.text(&location.file), location.range))
    }

    /// The text of a file; empty when the report does not have it.
    pub(crate) fn text(&self, file: &str) -> &'a str {
        self.files.get(file).map_or("", |(text, _)| text)
    }

    /// The same for a range that is not cut, as edits need it.
    pub(crate) fn exact(&self, file: &str, range: TextRange) -> (LineCol, LineCol) {
        let first = LineCol { line: 1, col: 1 };
        let Some((text, index)) = self.files.get(file) else { return (first, first) };
        (index.line_col(text, range.start), index.line_col(text, range.end))
    }
}

/// A range that lies within the text, at character boundaries, and does not end with a line end: the place of an
/// instruction ends where its last word does.
pub(crate) fn shown(text: &str, range: TextRange) -> TextRange {
    let boundary = |offset: u32| {
        let mut at = (offset as usize).min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let (start, end) = (boundary(range.start), boundary(range.end));
    let kept = text[start..end].trim_end().len();
    TextRange::of(start..start + kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_cut_to_what_is_there() {
        let check = |text: &str, start: u32, end: u32, expect: &str| {
            assert_eq!(shown(text, TextRange::new(start, end)).slice(text), expect);
        };
        check("RUN a\n", 0, 6, "RUN a");
        check("RUN a", 4, 99, "a");
        check("é", 1, 2, "é");
        check("", 5, 9, "");
    }
}
