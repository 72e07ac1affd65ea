//! Redirections and here-documents.

use std::borrow::Cow;

use super::{Piece, Pieces, Word, view};
use crate::kind::Kind;
use crate::tree::Node;

view! {
    /// A redirection.
    Redirect: Redirect
}

/// A here-document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heredoc<'a> {
    redirect: Redirect<'a>,
    body: Node<'a>,
}

impl<'a> Redirect<'a> {
    /// The operator, without what stands before it.
    pub fn operator(self) -> &'a str {
        self.node.children_of(Kind::Operator).last().map_or("", Node::text)
    }

    /// The file descriptor before the operator.
    pub fn descriptor(self) -> Option<u32> {
        self.node.child(Kind::Number)?.text().parse().ok()
    }

    /// The name of a variable that bash puts the descriptor in: `{name}>`.
    pub fn variable(self) -> Option<Node<'a>> {
        self.node.child(Kind::Name)
    }

    /// The word behind the operator.
    pub fn target(self) -> Option<Word<'a>> {
        self.node.child(Kind::Word).and_then(Word::cast)
    }

    /// Whether it writes to a file.
    pub fn writes(self) -> bool {
        match self.operator() {
            ">" | ">>" | ">|" | "&>" | "&>>" | "<>" => true,
            ">&" => !self.duplicates(),
            _ => false,
        }
    }

    /// Whether it reads a file.
    pub fn reads(self) -> bool {
        matches!(self.operator(), "<" | "<>")
    }

    /// Whether it copies or closes a descriptor: `2>&1`, `>&-`. What `>& $x` does is not known; mostly it is this.
    pub fn duplicates(self) -> bool {
        let is_descriptor = |text: &str| text == "-" || text.bytes().all(|byte| byte.is_ascii_digit());
        matches!(self.operator(), ">&" | "<&")
            && self.target().is_some_and(|word| word.literal().is_none_or(|text| is_descriptor(&text)))
    }

    /// The here-document it opens.
    pub fn heredoc(self) -> Option<Heredoc<'a>> {
        let all = &self.node.parse.heredocs;
        let at = all.binary_search_by_key(&self.node.id, |(redirect, _)| *redirect).ok()?;
        let body = Node { id: all[at].1, ..self.node };
        Some(Heredoc { redirect: self, body })
    }
}

impl<'a> Heredoc<'a> {
    /// The redirection that opens it.
    pub const fn redirect(self) -> Redirect<'a> {
        self.redirect
    }

    /// Its lines.
    pub const fn body(self) -> Node<'a> {
        self.body
    }

    /// The pieces of its lines.
    pub fn pieces(self) -> Pieces<'a> {
        Pieces::new(self.body)
    }

    /// Its text: without the tabs that `<<-` removes and without backslashes. What is expanded stays as it is written.
    pub fn text(self) -> Cow<'a, str> {
        if self.body.is_leaf() {
            return Cow::Borrowed(self.body.text());
        }
        Cow::Owned(self.pieces().map(Piece::text).collect())
    }

    /// Whether nothing is expanded in it because a part of its word is quoted.
    pub fn is_quoted(self) -> bool {
        self.redirect.target().is_some_and(Word::is_quoted)
    }

    /// Whether a line ends it.
    pub fn is_closed(self) -> bool {
        let behind = Node { id: self.body.data().next, ..self.body };
        (behind.id as usize) < self.body.parse.nodes.len() && behind.kind() == Kind::HeredocEnd
    }
}
