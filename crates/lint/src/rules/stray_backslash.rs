//! # stray-backslash
//!
//! ## What it does
//! Finds `\d`, `\n` and the like outside of quotes, where the shell takes the backslash away, and `\` right before the
//! end of single quotes.
//!
//! ## Why
//! `echo a\nb` prints `anb`. In single quotes a backslash escapes nothing: a quote behind it ends them.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN grep -E ^\d+ /etc/passwd
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN grep -E '^[0-9]+' /etc/passwd
//! USER 1000
//! ```

use facts::Severity;
use shell::{Kind, Node, Role, Word};

use crate::script::ScriptView;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO964",
    name: "stray-backslash",
    aliases: &["SC1001", "SC1003", "SC1012"],
    severity: Severity::Info,
    summary: "a backslash that the shell takes away or leaves where that is hardly meant",
    enabled: true,
    check: Check::Node(&[Kind::Escape, Kind::SingleQuoted], check),
    source: include_str!("stray_backslash.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let text = node.text();
    if node.kind() == Kind::SingleQuoted {
        if text.ends_with("\\'") {
            sink.report(view.place(node), "a backslash escapes nothing in single quotes").aliases(["SC1003"]);
        }
        return;
    }
    let (Some(letter), true) = (text.chars().nth(1), is_argument(node)) else { return };
    let alias = match letter {
        'n' | 'r' | 't' => "SC1012",
        '%' | '-' | '/' | ':' | '=' | '^' | '_' => "SC1001",
        letter if letter.is_ascii_alphanumeric() => "SC1001",
        _ => return,
    };
    sink.report(view.place(node), format!("the shell makes `{letter}` of `{text}`"))
        .help("put it in quotes if the backslash is meant, or leave it out")
        .aliases([alias]);
}

/// Whether it stands in a word that is no name of a command: `\ls` passes over an alias.
fn is_argument(node: Node<'_>) -> bool {
    let word = node.enclosing(|kind| kind == Kind::Word).and_then(Word::cast);
    let quoted = node.enclosing(|kind| matches!(kind, Kind::DoubleQuoted | Kind::HeredocBody | Kind::Word));
    quoted.is_some_and(|around| around.kind() == Kind::Word)
        && word.is_some_and(|word| word.role() != Role::Name || word.range().start != node.range().start)
}
