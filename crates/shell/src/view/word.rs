//! Words.

use std::borrow::Cow;

use super::view;
use super::{Assignment, Piece, Pieces};
use crate::kind::Kind;

view! {
    /// A word of a command, or a part of the text that is read like one.
    Word: Word
}

/// What a word is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The first word of a command.
    Name,
    /// Another word of a command.
    Argument,
    /// What is assigned to a variable.
    Value,
    /// An element of an array.
    Element,
    /// The file or descriptor of a redirection, or the text of `<<<`.
    Target,
    /// The word that ends a here-document.
    Delimiter,
    /// A word behind the `in` of a loop.
    Item,
    /// The word of `case`.
    Subject,
    /// A pattern of `case`.
    Pattern,
    /// An operand within `[[ … ]]`.
    Operand,
    /// A word within `${…}`.
    Inner,
    /// A pattern within `@(…)`.
    Alternative,
    /// The name of a function.
    FunctionName,
}

impl<'a> Word<'a> {
    /// Its text as written.
    pub fn raw(self) -> &'a str {
        self.node.text()
    }

    /// Its pieces in order, those within double quotes too.
    pub fn pieces(self) -> Pieces<'a> {
        Pieces::new(self.node)
    }

    /// The text it means, when nothing in it is expanded.
    pub fn literal(self) -> Option<Cow<'a, str>> {
        if self.node.is_leaf() {
            return Some(super::value::value(self.node));
        }
        self.pieces().all(Piece::is_literal).then(|| self.text())
    }

    /// Its text without quotes and backslashes. What is expanded stays as it is written.
    pub fn text(self) -> Cow<'a, str> {
        let mut pieces = self.pieces();
        let Some(first) = pieces.next() else { return Cow::Borrowed("") };
        let Some(second) = pieces.next() else { return first.text() };
        let mut text = first.text().into_owned();
        text.push_str(&second.text());
        pieces.for_each(|piece| text.push_str(&piece.text()));
        Cow::Owned(text)
    }

    /// The parts that are expanded.
    pub fn expansions(self) -> impl Iterator<Item = Piece<'a>> {
        self.pieces().filter(|piece| piece.is_expansion())
    }

    /// The parts that are expanded outside of double quotes.
    pub fn unquoted_expansions(self) -> impl Iterator<Item = Piece<'a>> {
        self.expansions().filter(|piece| !piece.in_double_quotes)
    }

    /// Whether file names can take its place.
    pub fn is_pattern(self) -> bool {
        self.pieces().any(|piece| piece.node.kind().is_pattern())
    }

    /// Whether a part of it is quoted.
    pub fn is_quoted(self) -> bool {
        self.pieces().any(Piece::is_quoted)
    }

    /// The assignment it is, as an argument of `export` and its like or as an element of an array.
    pub fn assignment(self) -> Option<Assignment<'a>> {
        self.node.child(Kind::Assignment).and_then(Assignment::cast)
    }

    /// What it is there for.
    pub fn role(self) -> Role {
        let Some(parent) = self.node.parent() else { return Role::Argument };
        let is_first = || parent.child(Kind::Word) == Some(self.node);
        match parent.kind() {
            Kind::Simple if is_first() => Role::Name,
            Kind::Assignment => Role::Value,
            Kind::Array => Role::Element,
            Kind::Redirect
                if parent.child(Kind::Operator).is_some_and(|op| matches!(op.text(), "<<" | "<<-")) =>
            {
                Role::Delimiter
            }
            Kind::Redirect => Role::Target,
            Kind::For | Kind::Select => Role::Item,
            Kind::Case => Role::Subject,
            Kind::CaseItem => Role::Pattern,
            Kind::Test => Role::Operand,
            Kind::Parameter => Role::Inner,
            Kind::ExtendedGlob => Role::Alternative,
            Kind::Function => Role::FunctionName,
            _ => Role::Argument,
        }
    }

    /// Whether the result of an expansion outside of quotes is split at blanks here, and matched with file names.
    pub fn is_split(self) -> bool {
        matches!(self.role(), Role::Name | Role::Argument | Role::Item | Role::Element)
            && self.node.child(Kind::Assignment).is_none()
    }
}
