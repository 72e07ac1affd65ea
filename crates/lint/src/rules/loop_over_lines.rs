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
    let Some(found) = Loop::cast(node) else { return };
    for item in found.items() {
        let mut pieces = item.unquoted_expansions();
        let Some(piece) = pieces
            .next()
            .filter(|piece| matches!(piece.node.kind(), Kind::CommandSubstitution | Kind::Backquote))
        else {
            continue;
        };
        let commands: Vec<Command<'_>> = piece.node.descendants().filter_map(Command::cast).collect();
        let [only] = commands.as_slice() else { continue };
        if matches!(only.name().as_deref(), Some("cat" | "grep")) {
            sink.report(view.place(item.node()), "the loop goes over words, not over lines")
                .help("use `while read -r …; do …; done < file`");
        }
    }
}
