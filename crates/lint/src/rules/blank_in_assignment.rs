//! # blank-in-assignment
//!
//! ## What it does
//! Finds `name = value`, `$name=value`, `name==value` and `export name= value`, and patterns that are assigned.
//!
//! ## Why
//! There are no blanks around the `=` of an assignment and no `$` before its name: it would be a command. Patterns are
//! expanded only where the variable is used without quotes.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN prefix = /opt; mkdir "$prefix"
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN prefix=/opt; mkdir "$prefix"
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN chmod =755 /opt
//! USER 1000
//! ```

use facts::Severity;
use shell::{Assignment, Command, Kind, Node, Word};

use crate::script::ScriptView;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO968",
    name: "blank-in-assignment",
    aliases: &[
        "SC1007", "SC1097", "SC2125", "SC2270", "SC2276", "SC2281", "SC2282", "SC2283", "SC2284", "SC2290",
    ],
    severity: Severity::Warning,
    summary: "what looks like an assignment is none",
    enabled: true,
    check: Check::Node(&[Kind::Simple, Kind::Assignment], check),
    source: include_str!("blank_in_assignment.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let Some(command) = Command::cast(node) else { return check_assignment(view, node, sink) };
    let mut words = command.words();
    let Some(first) = words.next() else { return };
    let second = words.next();
    if command.words().last().is_some_and(|last| last.raw() == "]") {
        return;
    }
    let found = if DECLARATIONS.contains(&first.raw()) {
        command.words().skip(1).find_map(|word| declaration(word))
    } else {
        slip(first, second)
    };
    if let Some((alias, message)) = found {
        sink.report(view.place(node), message).aliases([alias]);
    }
}

const DECLARATIONS: &[&str] = &["declare", "export", "local", "readonly", "typeset"];

/// An argument of `export` and its like.
fn declaration(word: Word<'_>) -> Option<(&'static str, &'static str)> {
    if word.raw().starts_with('=') {
        return Some(("SC2290", "there are no blanks around the `=` of an assignment"));
    }
    let name = word.raw().strip_suffix('=')?;
    let last = word.node().siblings_behind().any(|node| node.kind() == Kind::Word);
    (is_name(name) && last).then_some(("SC1007", "there are no blanks around the `=` of an assignment"))
}

/// A command that looks like an assignment.
fn slip(first: Word<'_>, second: Option<Word<'_>>) -> Option<(&'static str, &'static str)> {
    let raw = first.raw();
    if second.is_some_and(|word| word.raw() == "==") {
        return Some(("SC2284", "`==` is for conditions"));
    }
    // `chmod =644 file` sets a mode.
    if second.is_some_and(|word| word.raw().starts_with('='))
        && !raw.starts_with('[')
        && !matches!(raw, "test" | "chmod")
    {
        return Some(("SC2283", "there are no blanks around the `=` of an assignment"));
    }
    let (name, _) = raw.split_once('=')?;
    let bare =
        name.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).or_else(|| name.strip_prefix('$'));
    Some(match bare {
        Some(bare) if is_name(bare) => ("SC2281", "there is no `$` before the name in an assignment"),
        Some(bare) if bare.bytes().all(|byte| byte.is_ascii_digit()) && !bare.is_empty() => {
            ("SC2270", "arguments cannot be assigned; `set --` sets them")
        }
        None if name.starts_with(|ch: char| ch.is_ascii_digit()) && name[1..].bytes().all(is_letter) => {
            ("SC2282", "names of variables do not begin with a digit")
        }
        None if is_quoted_name(name) => ("SC2276", "this is a command, and no assignment"),
        _ => return None,
    })
}

/// Something that can stand before the `=` by mistake: a name with dots or dashes, or in quotes.
fn is_quoted_name(name: &str) -> bool {
    let inner = name.trim_matches('"');
    let quoted = inner.len() < name.len() && inner.starts_with('$') && is_name(&inner[1..]);
    let dotted = name.starts_with(|ch: char| ch.is_ascii_alphabetic())
        && name.bytes().all(|byte| is_letter(byte) || matches!(byte, b'.' | b'-'));
    quoted || dotted
}

fn check_assignment(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let Some(value) = Assignment::cast(node).and_then(Assignment::value) else { return };
    let is_plain = node.parent().is_some_and(|parent| parent.kind() == Kind::Simple);
    if value.raw().starts_with('=') && is_plain {
        sink.report(view.place(node), "`==` is for conditions").aliases(["SC1097"]);
    } else if is_plain
        && value.pieces().any(|piece| piece.node.kind().is_pattern() || piece.node.kind() == Kind::Brace)
    {
        sink.report(view.place(node), "a pattern is not expanded in an assignment")
            .severity(Severity::Info)
            .aliases(["SC2125"]);
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|ch: char| ch.is_ascii_alphabetic() || ch == '_') && text.bytes().all(is_letter)
}

const fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
