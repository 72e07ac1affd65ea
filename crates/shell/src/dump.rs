//! The tree as text, for tests and for people.

use std::fmt::Write;

use crate::kind::Kind;
use crate::tree::{Node, Parse};

impl Parse {
    /// The tree as nested lists: the kind of a node and its children; plain words and keywords as they are written.
    /// Blanks are left out, and lists and pipelines that hold a single command alone.
    pub fn dump(&self) -> String {
        let mut out = String::new();
        let parts: Vec<String> = self.root().children().filter_map(shown).collect();
        let _ = write!(out, "{}", parts.join(" "));
        out
    }
}

fn shown(node: Node<'_>) -> Option<String> {
    if node.kind().is_trivia() {
        return None;
    }
    if node.is_leaf() {
        return Some(leaf(node));
    }
    let parts: Vec<String> = node.children().filter_map(shown).collect();
    let plain = matches!(node.kind(), Kind::List | Kind::AndOr | Kind::Pipeline) && parts.len() == 1;
    if plain {
        parts.into_iter().next()
    } else {
        Some(format!("({} {})", node.kind().name(), parts.join(" ")))
    }
}

fn leaf(node: Node<'_>) -> String {
    let text = node.text();
    match node.kind() {
        Kind::Word
        | Kind::Keyword
        | Kind::Operator
        | Kind::Name
        | Kind::Number
        | Kind::Parameter
        | Kind::SingleQuoted
        | Kind::DoubleQuoted
        | Kind::AnsiQuoted
        | Kind::TranslatedQuoted => text.to_owned(),
        kind if text.is_empty() => format!("({})", kind.name()),
        kind => format!("({} {text:?})", kind.name()),
    }
}
