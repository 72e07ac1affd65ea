//! Assignments.

use super::{Word, view};
use crate::kind::Kind;
use crate::tree::Node;

view! {
    /// `name=value`, or an element `[subscript]=value` of an array.
    Assignment: Assignment
}

impl<'a> Assignment<'a> {
    /// The name; `None` for an element of an array.
    pub fn name(self) -> Option<Node<'a>> {
        self.node.child(Kind::Name)
    }

    /// The `[…]` behind the name.
    pub fn subscript(self) -> Option<Node<'a>> {
        self.node.child(Kind::Subscript)
    }

    /// Whether it is `+=`.
    pub fn is_append(self) -> bool {
        self.node.child(Kind::Operator).is_some_and(|operator| operator.text() == "+=")
    }

    /// The value; `None` when it is empty or an array.
    pub fn value(self) -> Option<Word<'a>> {
        self.node.child(Kind::Word).and_then(Word::cast)
    }

    /// The words of an array; `None` for another value.
    pub fn elements(self) -> Option<impl Iterator<Item = Word<'a>>> {
        Some(self.node.child(Kind::Array)?.children().filter_map(Word::cast))
    }
}
