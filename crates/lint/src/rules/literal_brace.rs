//! # literal-brace
//!
//! ## What it does
//! Finds `{` and `}` outside of quotes that begin or end neither a list of commands nor a list of words.
//!
//! ## Why
//! A `;` is missing before the `}`, or it is a template of another program. `{a}` is the same in all shells, but a
//! comma makes it two words in some.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN docker inspect --format {{.Id}} base
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN docker inspect --format '{{.Id}}' base
//! USER 1000
//! ```

use facts::Severity;
use shell::{Kind, Node, Role, Word};

use crate::script::ScriptView;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO965",
    name: "literal-brace",
    aliases: &["SC1083"],
    severity: Severity::Warning,
    summary: "a brace without quotes is text here",
    enabled: true,
    check: Check::Node(&[Kind::Word], check),
    source: include_str!("literal_brace.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    if !node.text().contains(['{', '}']) || matches!(node.text(), "{}" | "{}/") {
        return;
    }
    let Some(word) = Word::cast(node)
        .filter(|word| !matches!(word.role(), Role::Inner | Role::Delimiter | Role::FunctionName))
    else {
        return;
    };
    if node.ancestors().any(|around| matches!(around.kind(), Kind::Brace | Kind::Conditional)) {
        return;
    }
    let plain = |piece: &shell::Piece<'_>| matches!(piece.node.kind(), Kind::Literal | Kind::Word);
    let mut brace = word.pieces().filter(|piece| !piece.in_double_quotes && plain(piece));
    let found = brace.find(|piece| piece.node.text().replace("{}", "").contains(['{', '}']));
    if let Some(piece) = found.filter(|_| !is_range(node.text())) {
        sink.report(view.place(piece.node), "this brace is text, as it is for the shell")
            .help("put it in quotes if it is meant");
    }
}

/// Whether it is a range whose ends are not known: `{1..$x}`.
fn is_range(text: &str) -> bool {
    text.contains("..") && text.contains('$')
}
