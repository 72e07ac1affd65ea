//! The logical line of an instruction, and the way back to the text.

use std::borrow::Cow;
use std::ops::Range;

use kit::{SourceMap, TextRange};

use crate::error::Spanned;
use crate::token::{Token, TokenKind};

/// The pieces of an instruction joined as `BuildKit` joins them, with the place of each.
pub(crate) struct Logical<'a> {
    text: Cow<'a, str>,
    map: SourceMap,
}

impl<'a> Logical<'a> {
    /// Joins the pieces among `tokens`.
    pub(crate) fn new(source: &'a str, tokens: &[Token]) -> Self {
        let mut text = Cow::Borrowed("");
        let mut map = SourceMap::new(tokens.first().map_or(0, |token| token.range.start));
        let mut whole = TextRange::default();
        for token in tokens.iter().filter(|token| is_piece(token.kind)) {
            match &mut text {
                Cow::Borrowed(joined) if map.is_empty() || whole.end == token.range.start => {
                    whole = if map.is_empty() { token.range } else { whole.cover(token.range) };
                    *joined = whole.slice(source);
                }
                other => other.to_mut().push_str(token.range.slice(source)),
            }
            map.push(token.range.len(), token.range);
        }
        Self { text, map }
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
        self.map.source(TextRange::of(range.clone()))
    }

    /// The way back from a part of the joined text.
    pub(crate) fn map(&self, range: &Range<usize>) -> SourceMap {
        self.map.part(TextRange::of(range.clone()))
    }

    /// A part of the joined text with its place.
    pub(crate) fn spanned(&self, range: &Range<usize>) -> Spanned<String> {
        Spanned::new(self.slice(range).to_owned(), self.source(range))
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
