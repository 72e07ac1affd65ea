//! # loop-over-one
//!
//! ## What it does
//! Finds `for name in word`, where the word is no pattern and no variable.
//!
//! ## Why
//! The loop is run once. Mostly quotes are around several words, or a `$` or `*` is missing.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN for name in "a b c"; do mkdir "/opt/$name"; done
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN for name in a b c; do mkdir "/opt/$name"; done
//! USER 1000
//! ```

use facts::Severity;
use shell::{Kind, Loop, Node};

use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO946",
    name: "loop-over-one",
    aliases: &["SC2043"],
    severity: Severity::Info,
    summary: "a loop over a single word",
    enabled: true,
    check: Check::Node(&[Kind::For], check),
    source: include_str!("loop_over_one.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let Some(found) = Loop::cast(node) else { return };
    let mut items = found.items();
    if let (Some(only), None) = (items.next(), items.next())
        && only.literal().is_some_and(|text| only.is_quoted() || !text.contains(','))
    {
        sink.report(view.place(only.node()), "the loop is run once, as it has one word");
    }
}
