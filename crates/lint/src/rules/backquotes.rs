//! # backquotes
//!
//! ## What it does
//! Finds commands in backquotes.
//!
//! ## Why
//! `$(…)` can stand within each other and in quotes, without the backslashes that backquotes need.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN touch "/opt/`uname -m`"
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! RUN touch "/opt/$(uname -m)"
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN touch "/opt/$(uname -m)"
//! USER 1000
//! ```

use facts::{Safety, Severity};
use kit::{Edit, TextRange};
use shell::{Kind, Node};

use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO906",
    name: "backquotes",
    aliases: &["SC2006"],
    severity: Severity::Style,
    summary: "a command in backquotes instead of `$(…)`",
    enabled: true,
    check: Check::Node(&[Kind::Backquote], check),
    source: include_str!("backquotes.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let text = node.text();
    let inner = text.trim_matches('`');
    // A comment in backquotes is a way to write one between the lines of a command.
    if inner.trim().is_empty() || inner.trim_start().starts_with('#') {
        return;
    }
    let draft = sink.report(view.place(node), "backquotes instead of `$(…)`");
    if let Some(edits) = replacement(view, node, inner) {
        draft.fix("use `$(…)`", Safety::Safe, edits);
    }
}

/// The change to `$(…)`, for texts that mean the same in it.
fn replacement(view: &ScriptView<'_, '_>, node: Node<'_>, inner: &str) -> Option<Vec<Edit>> {
    let range = node.range();
    let nested = node.ancestors().any(|around| around.kind() == Kind::Backquote);
    if nested
        || !node.text().ends_with('`')
        || range.len() < 3
        || inner.contains(['\\', '#', '"', '\''])
        || inner.contains("case")
    {
        return None;
    }
    view.edit(range, "")?;
    let first = view.edit(TextRange::new(range.start, range.start + 1), "$(")?;
    let last = view.edit(TextRange::new(range.end - 1, range.end), ")")?;
    Some(vec![first, last])
}
