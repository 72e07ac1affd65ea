//! # repeated-in-brackets
//!
//! ## What it does
//! Finds `[10-20]`, `[a,b,c]`: patterns in brackets with a character more than once.
//!
//! ## Why
//! Brackets stand for one character, not for a number or a word. A list of words is `{a,b}` in bash.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN rm -f /opt/log[10-20]
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN rm -f /opt/log1[0-9] /opt/log20
//! USER 1000
//! ```

use facts::Severity;
use shell::{Kind, Node};

use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO942",
    name: "repeated-in-brackets",
    aliases: &["SC2102", "SC2101"],
    severity: Severity::Info,
    summary: "a pattern in brackets names a character twice",
    enabled: true,
    check: Check::Node(&[Kind::Glob], check),
    source: include_str!("repeated_in_brackets.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let text = node.text();
    let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else { return };
    if inner.starts_with(['^', '!'])
        || inner.contains("[:")
        || inner.contains(['$', '\\']) && !inner.contains(',')
    {
        return;
    }
    let letters: Vec<char> = inner.chars().filter(|ch| *ch != '-').collect();
    let repeated = letters.iter().enumerate().any(|(at, ch)| letters[..at].contains(ch));
    let arguments =
        node.parent().and_then(Node::parent).is_some_and(|command| command.text().starts_with("tr "));
    if inner.len() > 2 && inner.starts_with(':') && inner.ends_with(':') && !arguments {
        sink.report(view.place(node), "classes of characters have two brackets: `[[:…:]]`")
            .aliases(["SC2101"]);
    } else if repeated && !arguments {
        sink.report(view.place(node), "brackets stand for one character, and this one is in them twice")
            .aliases(["SC2102"]);
    }
}
