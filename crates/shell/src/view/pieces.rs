//! The pieces of a word.

use std::borrow::Cow;

use super::value::value;
use crate::kind::Kind;
use crate::tree::Node;

/// A piece of a word: plain text, text in quotes, or something that is expanded. The kind of its node tells which;
/// plain text is a [`Kind::Literal`], or the [`Kind::Word`] itself when there is nothing else in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'a> {
    /// Its node.
    pub node: Node<'a>,
    /// Whether it stands in double quotes, where results are neither split nor matched with files.
    pub in_double_quotes: bool,
}

impl<'a> Piece<'a> {
    /// Its text without quotes and backslashes; what is expanded as it is written.
    pub fn text(self) -> Cow<'a, str> {
        value(self.node)
    }

    /// Whether a variable, a command or an expression takes its place.
    pub fn is_expansion(self) -> bool {
        self.node.kind().is_expansion()
    }

    /// Whether it means the text that [`Self::text`] says, and nothing else.
    pub fn is_literal(self) -> bool {
        match self.node.kind() {
            Kind::Glob | Kind::ExtendedGlob | Kind::Brace | Kind::Tilde | Kind::Array | Kind::Skipped => {
                false
            }
            Kind::AnsiQuoted | Kind::TranslatedQuoted => self.node.parse.dialect == crate::Dialect::Bash,
            kind => !kind.is_expansion(),
        }
    }

    /// Whether quotes or a backslash protect it.
    pub fn is_quoted(self) -> bool {
        self.in_double_quotes
            || matches!(
                self.node.kind(),
                Kind::SingleQuoted
                    | Kind::DoubleQuoted
                    | Kind::AnsiQuoted
                    | Kind::TranslatedQuoted
                    | Kind::Escape
            )
    }
}

/// The pieces of a word, of a here-document, or of an assignment, in order.
#[derive(Debug, Clone)]
pub struct Pieces<'a> {
    next: Node<'a>,
    end: u32,
    quoted_until: u32,
}

impl<'a> Pieces<'a> {
    /// The pieces of what `node` consists of.
    pub(super) fn new(node: Node<'a>) -> Self {
        let end = node.data().next;
        let first = if node.is_leaf() { node } else { Node { id: node.id + 1, ..node } };
        Self { next: first, end: if node.range().is_empty() { first.id } else { end }, quoted_until: 0 }
    }

    fn skip_to(&mut self, id: u32) {
        self.next = Node { id, ..self.next };
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        while self.next.id < self.end {
            let node = self.next;
            let kind = node.kind();
            let quotes = matches!(kind, Kind::DoubleQuoted | Kind::TranslatedQuoted);
            if !node.is_leaf() && (quotes || matches!(kind, Kind::Word | Kind::Assignment)) {
                if quotes {
                    self.quoted_until = node.data().next;
                }
                self.skip_to(node.id + 1);
                continue;
            }
            self.skip_to(node.data().next);
            let in_double_quotes = node.id < self.quoted_until;
            let quote = kind == Kind::Operator && in_double_quotes;
            if !quote && !matches!(kind, Kind::Continuation | Kind::HeredocTabs) {
                return Some(Piece { node, in_double_quotes });
            }
        }
        None
    }
}
