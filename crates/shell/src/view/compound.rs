//! Compound commands and functions.

use super::{Word, view};
use crate::kind::Kind;
use crate::tree::Node;

view! {
    /// `if … then … elif … else … fi`
    If: If
}

view! {
    /// `while`, `until`, `for` and `select`
    Loop: While | Until | For | Select
}

view! {
    /// `case … in … esac`
    Case: Case
}

view! {
    /// `pattern | pattern) … ;;`
    CaseItem: CaseItem
}

view! {
    /// A function.
    Function: Function
}

impl<'a> If<'a> {
    /// The conditions, each with the list that is run when it holds.
    pub fn branches(self) -> impl Iterator<Item = (Node<'a>, Option<Node<'a>>)> {
        self.node.children_of(Kind::Condition).map(|condition| {
            let then = condition.siblings_behind().nth(1).filter(|list| list.kind() == Kind::List);
            (condition, then)
        })
    }

    /// The list behind `else`.
    pub fn otherwise(self) -> Option<Node<'a>> {
        let word = self.node.children_of(Kind::Keyword).find(|word| word.text() == "else")?;
        self.node.children().filter(|node| node.kind() == Kind::List).find(|list| list.id > word.id)
    }
}

impl<'a> Loop<'a> {
    /// The condition of `while` and `until`.
    pub fn condition(self) -> Option<Node<'a>> {
        self.node.child(Kind::Condition)
    }

    /// The variable of `for` and `select`.
    pub fn variable(self) -> Option<Node<'a>> {
        self.node.child(Kind::Name)
    }

    /// Whether there is an `in`; without one, the loop goes over the arguments.
    pub fn has_items(self) -> bool {
        self.node.children_of(Kind::Keyword).any(|word| word.text() == "in")
    }

    /// The words behind `in`.
    pub fn items(self) -> impl Iterator<Item = Word<'a>> {
        self.node.children().filter_map(Word::cast)
    }

    /// What is repeated.
    pub fn body(self) -> Option<Node<'a>> {
        self.node.child(Kind::List)
    }
}

impl<'a> Case<'a> {
    /// The word that is compared.
    pub fn subject(self) -> Option<Word<'a>> {
        self.node.child(Kind::Word).and_then(Word::cast)
    }

    /// The branches.
    pub fn items(self) -> impl Iterator<Item = CaseItem<'a>> {
        self.node.children().filter_map(CaseItem::cast)
    }
}

impl<'a> CaseItem<'a> {
    /// The patterns.
    pub fn patterns(self) -> impl Iterator<Item = Word<'a>> {
        self.node.children().filter_map(Word::cast)
    }

    /// What is run.
    pub fn body(self) -> Option<Node<'a>> {
        self.node.child(Kind::List)
    }
}

impl<'a> Function<'a> {
    /// The name.
    pub fn name(self) -> Option<Word<'a>> {
        self.node.child(Kind::Word).and_then(Word::cast)
    }

    /// The command that is run.
    pub fn body(self) -> Option<Node<'a>> {
        self.node.children().find(|node| node.kind().is_command())
    }
}
