//! Leads from a place in a shell text back to the Dockerfile: the text is the logical line, whose continuation
//! lines are joined.

use std::ops::Range;

use kit::TextRange;
use syntax::{Instruction, Parse, TokenKind};

/// Where the parts of a shell text stand.
#[derive(Debug)]
pub(crate) struct Locator {
    /// Begin of each piece within the shell text, and in the file; by the former.
    pieces: Vec<(usize, usize)>,
    /// Everything, for texts that cannot be led back.
    whole: TextRange,
    exact: bool,
}

impl Locator {
    /// For the shell form of an instruction: `text` is the end of its logical line.
    pub(crate) fn of_line(parse: &Parse, instruction: &Instruction, text: &str, whole: TextRange) -> Self {
        let tokens = instruction.tokens(parse).iter();
        let pieces = tokens.filter(|token| matches!(token.kind, TokenKind::Keyword | TokenKind::Text));
        let (mut logical, mut starts) = (String::new(), Vec::new());
        for token in pieces {
            starts.push((logical.len(), token.range.start as usize));
            logical.push_str(token.range.slice(parse.text()));
        }
        let Some(begin) = logical.rfind(text) else { return Self::nowhere(whole) };
        let first = starts.partition_point(|(at, _)| *at <= begin).saturating_sub(1);
        let mut kept: Vec<(usize, usize)> =
            starts[first..].iter().map(|(at, source)| (at.saturating_sub(begin), *source)).collect();
        if let Some(piece) = kept.first_mut() {
            piece.1 += begin - starts[first].0;
        }
        Self { pieces: kept, whole, exact: true }
    }

    /// For a text that stands in the file as it is.
    pub(crate) fn verbatim(start: u32, whole: TextRange) -> Self {
        Self { pieces: vec![(0, start as usize)], whole, exact: true }
    }

    /// For a text that differs from what stands in the file.
    pub(crate) const fn nowhere(whole: TextRange) -> Self {
        Self { pieces: Vec::new(), whole, exact: false }
    }

    /// Whether ranges are exact, so that they can be edited.
    pub(crate) const fn is_exact(&self) -> bool {
        self.exact
    }

    /// Where a part of the shell text stands in the file.
    pub(crate) fn find(&self, range: &Range<usize>) -> TextRange {
        if !self.exact || range.is_empty() {
            return self.whole;
        }
        TextRange::of(self.offset(range.start)..self.offset(range.end - 1) + 1)
    }

    fn offset(&self, at: usize) -> usize {
        let piece = self.pieces.partition_point(|(start, _)| *start <= at).saturating_sub(1);
        self.pieces.get(piece).map_or(0, |(start, source)| source + (at - start))
    }
}
