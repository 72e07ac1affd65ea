//! The logical line of an instruction, with the places where the lines of the file are joined.

use syntax::{Instruction, Parse, TokenKind};

/// An instruction as one line, and what stands between its lines.
pub(crate) struct Line<'a> {
    /// The lines joined; comments and empty lines left out.
    pub(crate) text: String,
    /// Offset in `text` and in the file, for each piece.
    pieces: Vec<(usize, usize)>,
    /// Where lines are joined, in order.
    pub(crate) breaks: Vec<Break<'a>>,
    /// The line end of the last line.
    pub(crate) newline: &'a str,
    /// The lines of heredocs.
    pub(crate) tail: &'a str,
}

/// A place where two lines are joined.
#[derive(Debug, Clone, Default)]
pub(crate) struct Break<'a> {
    /// The offset in the logical line.
    pub(crate) at: usize,
    /// The line end behind the escape character.
    pub(crate) newline: &'a str,
    /// The comments between the two lines.
    pub(crate) comments: Vec<Comment<'a>>,
}

/// A comment between continued lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Comment<'a> {
    /// The blanks before it.
    pub(crate) indent: &'a str,
    /// From `#` on, without the blanks behind it.
    pub(crate) text: &'a str,
    /// Its line end.
    pub(crate) newline: &'a str,
}

impl<'a> Line<'a> {
    /// Joins the lines of an instruction.
    pub(crate) fn new(parse: &'a Parse, instruction: &Instruction) -> Self {
        let mut line =
            Self { text: String::new(), pieces: Vec::new(), breaks: Vec::new(), newline: "", tail: "" };
        let mut indent = "";
        for token in instruction.tokens(parse) {
            let text = token.range.slice(parse.text());
            match token.kind {
                TokenKind::Keyword | TokenKind::Text => {
                    line.pieces.push((line.text.len(), token.range.start as usize));
                    line.text.push_str(text);
                }
                TokenKind::Continuation => {
                    line.breaks.push(Break { at: line.text.len(), ..Break::default() });
                }
                TokenKind::Comment => line.comment(std::mem::take(&mut indent), text),
                TokenKind::Blank => indent = text,
                TokenKind::Newline => {
                    line.line_end(text);
                    indent = "";
                }
                TokenKind::HeredocBody | TokenKind::HeredocEnd => {
                    let rest = token.range.start as usize..instruction.range.end as usize;
                    line.tail = parse.text().get(rest).unwrap_or("");
                    break;
                }
                TokenKind::Bom | TokenKind::Directive => {}
            }
        }
        line
    }

    fn comment(&mut self, indent: &'a str, text: &'a str) {
        if let Some(last) = self.breaks.last_mut() {
            last.comments.push(Comment { indent, text: text.trim_end_matches([' ', '\t']), newline: "" });
        }
    }

    /// Gives a line end to what it ends: a continued line, a comment, or the last line.
    fn line_end(&mut self, newline: &'a str) {
        let length = self.text.len();
        let open = self.breaks.last_mut().filter(|last| last.at == length);
        match open {
            Some(last) if last.newline.is_empty() => last.newline = newline,
            Some(last) => match last.comments.last_mut() {
                Some(comment) if comment.newline.is_empty() => comment.newline = newline,
                // The end of an empty line.
                _ => {}
            },
            None => self.newline = newline,
        }
    }

    /// Where a byte of the file is in the logical line; one between two pieces is where they meet.
    pub(crate) fn offset(&self, source: u32) -> usize {
        let source = source as usize;
        let behind = self.pieces.partition_point(|(_, start)| *start <= source);
        let end = self.pieces.get(behind).map_or(self.text.len(), |(start, _)| *start);
        let piece = behind.checked_sub(1).and_then(|at| self.pieces.get(at));
        piece.map_or(0, |(start, at)| (start + (source - at)).min(end))
    }

    /// The part of the logical line that a part of the file became.
    pub(crate) fn range(&self, range: kit::TextRange) -> std::ops::Range<usize> {
        self.offset(range.start)..self.offset(range.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_and_comments_kept() {
        let text = "RUN a \\\r\n  # one \r\n\r\n#two\n\tb\\ \n  c\n";
        let parse = syntax::parse(text);
        let line = Line::new(&parse, parse.instructions().next().unwrap());
        assert_eq!(line.text, "RUN a \tb  c");
        assert_eq!(line.newline, "\n");
        let shown: Vec<_> =
            line.breaks.iter().map(|item| (item.at, item.newline, item.comments.as_slice())).collect();
        let one = Comment { indent: "  ", text: "# one", newline: "\r\n" };
        let two = Comment { indent: "", text: "#two", newline: "\n" };
        assert_eq!(shown, [(6, "\r\n", &[one, two][..]), (8, "\n", &[])]);
        assert_eq!(line.offset(u32::try_from(text.find('b').unwrap()).unwrap()), 7);
        assert_eq!(line.offset(u32::try_from(text.rfind('c').unwrap()).unwrap()), 10);
    }
}
