//! Parameters.

use super::{Word, view};
use crate::kind::Kind;
use crate::tree::Node;
use kit::TextRange;

view! {
    /// `$name` or `${…}`.
    Parameter: Parameter
}

/// What `${…}` does with the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ParameterOperator {
    /// `-`: another value when it is unset; with `:` also when it is empty. So for the next three.
    Default,
    /// `=`: the same, and the variable is set.
    Assign,
    /// `?`: an error instead.
    Error,
    /// `+`: another value when it is set.
    Alternative,
    /// `#`, `##`: without what matches at the begin.
    RemovePrefix,
    /// `%`, `%%`: without what matches at the end.
    RemoveSuffix,
    /// `/`, `//`, `/#`, `/%`
    Replace,
    /// `:` with offset and length
    Substring,
    /// `^`, `^^`, `,`, `,,`, `~`, `~~`
    ChangeCase,
    /// `@Q` and its like
    Transform,
    /// `${!name@}` and `${!name*}`: the names that begin so
    Names,
}

impl<'a> Parameter<'a> {
    /// The name: of a variable, a number, or a special character. Empty when there is none.
    pub fn name(self) -> &'a str {
        self.name_range().slice(&self.node.parse.text)
    }

    /// Where the name stands.
    pub fn name_range(self) -> TextRange {
        if let Some(name) = self.node.child(Kind::Name) {
            return name.range();
        }
        let range = self.node.range();
        match self.node.text().strip_prefix("${") {
            Some(rest) if self.node.is_leaf() && rest.ends_with('}') => {
                TextRange::new(range.start + 2, range.end - 1)
            }
            Some(_) => TextRange::new(range.start + 2, range.start + 2),
            None => TextRange::new(range.start + 1, range.end),
        }
    }

    /// Whether it has the form `${…}`.
    pub fn is_braced(self) -> bool {
        self.node.text().starts_with("${")
    }

    /// Whether it is the length of the value: `${#name}`.
    pub fn is_length(self) -> bool {
        self.prefix() == Some("#")
    }

    /// Whether the value is the name of another variable: bash's `${!name}`.
    pub fn is_indirect(self) -> bool {
        self.prefix() == Some("!") && self.operator() != Some(ParameterOperator::Names)
    }

    /// Whether it is all arguments or all elements as a list: `$@`, `$*`, `${name[@]}`.
    pub fn is_list(self) -> bool {
        let elements = self.subscript().is_some_and(|node| matches!(node.text(), "[@]" | "[*]"));
        !self.is_length() && (elements || matches!(self.name(), "@" | "*"))
    }

    /// Whether it is a parameter that the shell sets, like `$?` or `$1`.
    pub fn is_special(self) -> bool {
        !self.name().starts_with(|ch: char| ch.is_ascii_alphabetic() || ch == '_')
    }

    /// The `[…]` behind the name.
    pub fn subscript(self) -> Option<Node<'a>> {
        self.node.child(Kind::Subscript)
    }

    /// What is done with the value.
    pub fn operator(self) -> Option<ParameterOperator> {
        use ParameterOperator as Op;
        Some(match self.operator_node()?.text() {
            "-" | ":-" => Op::Default,
            "=" | ":=" => Op::Assign,
            "?" | ":?" => Op::Error,
            "+" | ":+" => Op::Alternative,
            "#" | "##" => Op::RemovePrefix,
            "%" | "%%" => Op::RemoveSuffix,
            "/" | "//" | "/#" | "/%" => Op::Replace,
            ":" => Op::Substring,
            "^" | "^^" | "," | ",," | "~" | "~~" => Op::ChangeCase,
            "@" | "*" => Op::Names,
            _ => Op::Transform,
        })
    }

    /// The operator as a node.
    pub fn operator_node(self) -> Option<Node<'a>> {
        let behind = self.node.children().skip_while(|node| node.kind() != Kind::Name).skip(1);
        behind.filter(|node| node.kind() == Kind::Operator).find(|node| node.text() != "}")
    }

    /// The words behind the operator: one, and for `/` up to two.
    pub fn operands(self) -> impl Iterator<Item = Word<'a>> {
        self.node.children().filter_map(Word::cast)
    }

    fn prefix(self) -> Option<&'a str> {
        let mut children = self.node.children();
        let (_, second) = (children.next()?, children.next()?);
        (second.kind() == Kind::Operator).then(|| second.text())
    }
}
