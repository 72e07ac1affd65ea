//! The logical line of an instruction, and the way back to the text.

use std::borrow::Cow;
use std::ops::Range;

use kit::TextRange;

use crate::error::Spanned;
use crate::token::{Token, TokenKind};

/// The pieces of an instruction joined as `BuildKit` joins them, with the place of each.
pub(crate) struct Logical<'a> {
    text: Cow<'a, str>,
    /// Offset in the joined text and in the source, for each piece; never empty.
    pieces: Vec<(usize, usize)>,
}

impl<'a> Logical<'a> {
    /// Joins the pieces among `tokens`.
    pub(crate) fn new(source: &'a str, tokens: &[Token]) -> Self {
        let mut joined = Cow::Borrowed("");
        let mut pieces: Vec<(usize, usize)> = Vec::new();
        let mut last_end = 0;
        for token in tokens.iter().filter(|token| is_piece(token.kind)) {
            let range = token.range.range();
            match &mut joined {
                Cow::Borrowed(text) if pieces.is_empty() => *text = token.range.slice(source),
                Cow::Borrowed(text) if last_end == range.start => {
                    *text = source.get(pieces[0].1..range.end).unwrap_or("");
                    last_end = range.end;
                    continue;
                }
                other => other.to_mut().push_str(token.range.slice(source)),
            }
            pieces.push((joined.len() - range.len(), range.start));
            last_end = range.end;
        }
        if pieces.is_empty() {
            pieces.push((0, tokens.first().map_or(0, |token| token.range.start as usize)));
        }
        Self { text: joined, pieces }
    }

    /// The joined text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The part of the joined text.
    pub(crate) fn slice(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or("")
    }

    /// Where a part of the joined text stands in the source.
    pub(crate) fn source(&self, range: &Range<usize>) -> TextRange {
        let start = self.offset(range.start);
        let end = if range.is_empty() { start } else { self.offset(range.end - 1) + 1 };
        TextRange::of(start..end)
    }

    /// A part of the joined text with its place.
    pub(crate) fn spanned(&self, range: &Range<usize>) -> Spanned<String> {
        Spanned::new(self.slice(range).to_owned(), self.source(range))
    }

    fn offset(&self, at: usize) -> usize {
        let piece = self.pieces.partition_point(|(start, _)| *start <= at).saturating_sub(1);
        let (start, source) = self.pieces[piece];
        source + (at - start)
    }
}

const fn is_piece(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Keyword | TokenKind::Text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(start: u32, end: u32) -> Token {
        Token { kind: TokenKind::Text, range: TextRange::new(start, end) }
    }

    #[test]
    fn offsets_lead_back_to_the_source() {
        let source = "RUN ab\\\n cd\\\nef";
        let tokens = [piece(0, 3), piece(3, 6), piece(8, 11), piece(13, 15)];
        let logical = Logical::new(source, &tokens);
        assert_eq!(logical.text(), "RUN ab cdef");
        let check = |range: Range<usize>, expect: &str| {
            assert_eq!(logical.source(&range).slice(source), expect, "{range:?}");
        };
        check(0..3, "RUN");
        check(4..6, "ab");
        check(4..9, "ab\\\n cd");
        check(9..11, "ef");
        check(11..11, "");
    }

    #[test]
    fn a_single_line_is_not_copied() {
        let logical = Logical::new("USER x", &[piece(0, 4), piece(4, 6)]);
        assert!(matches!(logical.text, Cow::Borrowed("USER x")));
    }
}
