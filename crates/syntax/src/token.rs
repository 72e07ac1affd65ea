//! The leaves of the tree.

use kit::TextRange;
use serde::Serialize;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenKind {
    /// The byte order mark at the begin of a file.
    Bom,
    /// Blanks without meaning: indentation, and the content of an empty line.
    Blank,
    /// `\n`, `\r\n`, or carriage returns at the end of the text.
    Newline,
    /// `# …` up to the line end.
    Comment,
    /// A parser directive up to the line end.
    Directive,
    /// The word an instruction begins with, or a part of it when it is continued on the next line.
    Keyword,
    /// A piece of the logical line behind the keyword.
    Text,
    /// The escape character at the end of a line that is continued, with the blanks behind it.
    Continuation,
    /// The lines of a heredoc.
    HeredocBody,
    /// The line that ends a heredoc, without its line end.
    HeredocEnd,
}

/// A leaf of the tree. The tokens of a tree follow each other without a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands.
    pub range: TextRange,
}
