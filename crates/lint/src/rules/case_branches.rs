//! # case-branches
//!
//! ## What it does
//! Finds patterns of `case` that an earlier one covers, and variables in patterns without quotes.
//!
//! ## Why
//! The first pattern that fits is taken. What is in a variable is a pattern unless it is quoted.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN case "$(uname -m)" in *) a=1;; arm64) a=2;; esac; echo "$a"
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN case "$(uname -m)" in arm64) a=2;; *) a=1;; esac; echo "$a"
//! USER 1000
//! ```

use facts::Severity;
use shell::{Case, CaseItem, Kind, Node, Word};

use crate::script::ScriptView;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO983",
    name: "case-branches",
    aliases: &["SC2221", "SC2222", "SC2254"],
    severity: Severity::Warning,
    summary: "a branch of case that is never taken, or whose pattern is not quoted",
    enabled: true,
    check: Check::Node(&[Kind::Case], check),
    source: include_str!("case_branches.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let Some(case) = Case::cast(node) else { return };
    let mut before: Vec<(Word<'_>, Vec<Part>)> = Vec::new();
    for pattern in case.items().flat_map(CaseItem::patterns) {
        let variable = pattern.unquoted_expansions().next();
        if variable.is_some() && !pattern.is_pattern() {
            sink.report(view.place(pattern.node()), "what is expanded here is a pattern unless it is quoted")
                .aliases(["SC2254"]);
        }
        let Some(parts) = parts(pattern) else { continue };
        if let Some((first, _)) = before.iter().find(|(_, other)| covers(other, &parts)) {
            sink.report(view.place(pattern.node()), format!("`{}` before it covers this", first.raw()))
                .related(view.place(first.node()), "what covers it")
                .aliases(["SC2221", "SC2222"]);
        }
        if before.len() < MOST {
            before.push((pattern, parts));
        }
    }
}

/// A part of a pattern.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Char(char),
    One,
    Many,
}

/// The parts of a pattern; `None` when they are not known.
fn parts(pattern: Word<'_>) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    for piece in pattern.pieces() {
        match piece.node.text() {
            "*" if piece.node.kind() == Kind::Glob => parts.push(Part::Many),
            "?" if piece.node.kind() == Kind::Glob => parts.push(Part::One),
            _ if piece.is_literal() => parts.extend(piece.text().chars().map(Part::Char)),
            _ => return None,
        }
    }
    let many = parts.iter().filter(|part| **part == Part::Many).count();
    (parts.len() <= LONGEST && many <= 2).then_some(parts)
}

/// More patterns are not compared.
const MOST: usize = 200;
/// Longer patterns are not compared.
const LONGEST: usize = 64;

/// Whether what `other` fits is fitted by `pattern`, too.
fn covers(pattern: &[Part], other: &[Part]) -> bool {
    match (pattern.split_first(), other.split_first()) {
        (None, None) => true,
        (Some((Part::Many, rest)), None) => covers(rest, other),
        (Some((Part::Many, rest)), Some((_, tail))) => {
            rest.is_empty() || covers(rest, other) || covers(pattern, tail)
        }
        (Some((Part::One, rest)), Some((Part::Char(_) | Part::One, tail))) => covers(rest, tail),
        (Some((Part::Char(a), rest)), Some((Part::Char(b), tail))) => a == b && covers(rest, tail),
        _ => false,
    }
}
