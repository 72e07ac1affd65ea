//! # typographic-quotes
//!
//! ## What it does
//! Finds “ ” ‘ ’, which text programs put in the place of quotes.
//!
//! ## Why
//! The shell takes them for letters: what should be quoted is not.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN echo “a” > /a
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN echo "a" > /a
//! USER 1000
//! ```

use facts::Severity;
use shell::{Kind, Node};

use crate::script::ScriptView;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO966",
    name: "typographic-quotes",
    aliases: &["SC1110", "SC1111"],
    severity: Severity::Warning,
    summary: "a typographic quote is text to the shell",
    enabled: true,
    check: Check::Node(&[Kind::Word, Kind::Literal, Kind::DoubleQuoted], check),
    source: include_str!("typographic_quotes.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let whole = node.is_leaf() && !node.text().is_ascii();
    if !whole || !node.text().contains(['“', '”', '‘', '’']) {
        return;
    }
    let holds = |kind: Kind| matches!(kind, Kind::DoubleQuoted | Kind::HeredocBody | Kind::Word);
    let quoted = node.kind() == Kind::DoubleQuoted
        || node.enclosing(holds).is_some_and(|node| node.kind() == Kind::DoubleQuoted);
    let in_heredoc = node.kind() != Kind::Word
        && node.enclosing(holds).is_some_and(|node| node.kind() == Kind::HeredocBody);
    let double = node.text().contains(['“', '”']);
    if in_heredoc || quoted && !double {
        return;
    }
    sink.report(view.place(node), "typographic quotes are letters to the shell")
        .severity(if quoted { Severity::Style } else { Severity::Warning })
        .aliases([if quoted { "SC1111" } else { "SC1110" }]);
}
