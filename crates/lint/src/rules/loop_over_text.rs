//! # loop-over-text
//!
//! ## What it does
//! Finds `for x in "$list"`, which is one round; `for x in a,b`, which is one word; `{1..$n}`, which is a text; names
//! of files with a variable without quotes; and loops within loops with the same variable.
//!
//! ## Why
//! What is in double quotes is not split. Ranges are expanded before variables are. A blank in the variable before `/*`
//! makes two words of it.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN dir=$(pwd); for f in $dir/*.sh; do sh "$f"; done
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN dir=$(pwd); for f in "$dir"/*.sh; do sh "$f"; done
//! USER 1000
//! ```

use facts::Severity;
use shell::{Kind, Loop, Node, Word};

use crate::script::ScriptView;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO971",
    name: "loop-over-text",
    aliases: &["SC2066", "SC2042", "SC2051", "SC2231", "SC2165", "SC2167"],
    severity: Severity::Warning,
    summary: "a loop goes over something else than it looks like",
    enabled: true,
    check: Check::Node(&[Kind::For], check),
    source: include_str!("loop_over_text.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let Some(loops) = Loop::cast(node) else { return };
    let only = loops.items().nth(1).is_none();
    for item in loops.items() {
        if let Some((alias, message, severity)) = item_of(view, item, only) {
            sink.report(view.place(item.node()), message).severity(severity).aliases([alias]);
        }
    }
    let name = loops.variable().map_or("", Node::text);
    let same = |around: &Node<'_>| {
        Loop::cast(*around)
            .and_then(Loop::variable)
            .is_some_and(|other| other.text() == name && around.kind() == Kind::For)
    };
    if !name.is_empty() && node.ancestors().any(|around| same(&around)) {
        sink.report(view.place(node), format!("the loop around it has the variable `{name}`, too"))
            .aliases(["SC2165", "SC2167"]);
    }
}

fn item_of(
    view: &ScriptView<'_, '_>,
    item: Word<'_>,
    only: bool,
) -> Option<(&'static str, &'static str, Severity)> {
    let text = item.raw();
    let whole = item.pieces().next().filter(|piece| piece.in_double_quotes && piece.is_expansion());
    let alone = only && text.starts_with('"') && text.ends_with('"') && item.pieces().nth(1).is_none();
    let list = |text: &str| text.contains('@');
    if whole.is_some_and(|piece| alone && !list(piece.node.text())) {
        return Some((
            "SC2066",
            "what is in double quotes is one word, so this is one round",
            Severity::Error,
        ));
    }
    if only && item.literal().is_some() && text.contains(',') && !item.is_quoted() {
        return Some(("SC2042", "words are separated by blanks, not by `,`", Severity::Warning));
    }
    if text.starts_with('{') && text.contains("..") && text.contains('$') {
        let alias = if view.is_bash() { "SC2051" } else { "SC3009" };
        return Some((
            alias,
            "ranges are expanded before variables are, so this is a text",
            Severity::Warning,
        ));
    }
    let splits = item.unquoted_expansions().any(|piece| !list(piece.node.text()));
    (splits && item.is_pattern()).then_some((
        "SC2231",
        "what is expanded before the pattern is split at blanks",
        Severity::Info,
    ))
}
