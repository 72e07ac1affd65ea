//! # loop-over-lines
//!
//! ## What it does
//! Finds `for line in $(cat file)` and the same with `grep`.
//!
//! ## Why
//! The loop goes over words, and a word with `*` becomes names of files. `while read -r line` goes over lines.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN for name in $(cat /etc/names); do mkdir "/opt/$name"; done
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN while read -r name; do mkdir "/opt/$name"; done < /etc/names
//! USER 1000
//! ```

use facts::Severity;
use shell::{Command, Kind, Loop, Node};

use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO948",
    name: "loop-over-lines",
    aliases: &["SC2013"],
    severity: Severity::Info,
    summary: "a loop over the words of a file where its lines are meant",
    enabled: true,
    check: Check::Node(&[Kind::For], check),
    source: include_str!("loop_over_lines.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let mut items = Loop::cast(node).into_iter().flat_map(Loop::items);
    let (Some(item), None) = (items.next(), items.next()) else { return };
    let Some(piece) = item.unquoted_expansions().next() else { return };
    let substitution = matches!(piece.node.kind(), Kind::CommandSubstitution | Kind::Backquote);
    let mut commands = piece.node.descendants().filter_map(Command::cast).map(Command::name).peekable();
    let reads = |name: Option<std::borrow::Cow<'_, str>>| matches!(name.as_deref(), Some("cat" | "grep"));
    if substitution && piece.node.range() == item.range() && commands.peek().is_some() && commands.all(reads)
    {
        sink.report(view.place(item.node()), "the loop goes over words, not over lines")
            .help("use `while read -r …; do …; done < file`");
    }
}
