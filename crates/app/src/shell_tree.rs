//! The tree of a command, in the places of the file.

use serde_json::{Value, json};
use shell::{Kind, Node};
use stage::Shell;
use syntax::{ShellText, ShellTextKind};

/// The tree of a text; `None` for a list of arguments, which no shell gets.
pub(crate) fn tree(text: &ShellText, shell: &Shell) -> Option<Value> {
    if text.kind == ShellTextKind::Exec {
        return None;
    }
    let (dialect, _) = shell.language_of(text);
    let parse = shell::parse(&text.text, dialect);
    let errors = parse
        .errors()
        .iter()
        .map(|error| json!({ "range": text.source(error.range), "message": error.message }));
    Some(json!({
        "language": dialect.name(),
        "errors": errors.collect::<Vec<_>>(),
        "tree": parse.nodes().next().map(|root| node(root, text)),
    }))
}

/// Kind and place of a node; the text of a leaf, and the children of any other. Blanks are left out.
fn node(tree: Node<'_>, text: &ShellText) -> Value {
    let mut value = json!({ "kind": tree.kind().name(), "range": text.source(tree.range()) });
    if tree.is_leaf() {
        value["text"] = tree.text().into();
    } else {
        let children = tree.children().filter(|child| child.kind() != Kind::Blank);
        value["children"] = children.map(|child| node(child, text)).collect();
    }
    value
}
