//! # grep-in-condition
//!
//! ## What it does
//! Finds `[ -n "$(grep …)" ]` and `[ -z "$(… | grep …)" ]`.
//!
//! ## Why
//! `grep -q` says by its exit status whether there is a match, and ends with the first one.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN if [ -n "$(grep app /etc/passwd)" ]; then userdel app; fi
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN if grep -q app /etc/passwd; then userdel app; fi
//! USER 1000
//! ```

use facts::Severity;
use shell::{Command, Kind, Node, Pipeline};

use crate::script::{Asks, Condition, Form, ScriptView};

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO962",
    name: "grep-in-condition",
    aliases: &["SC2143"],
    severity: Severity::Style,
    summary: "the output of grep is asked for instead of its answer",
    enabled: true,
    check: Check::Condition(check),
    source: include_str!("grep_in_condition.rs"),
};

fn check(view: &ScriptView<'_, '_>, found: &Condition<'_>, sink: &mut Sink<'_>) {
    if found.form == Form::Test {
        return;
    }
    let (Asks::Word(word) | Asks::Unary("-n" | "-z", word)) = found.asks else { return };
    let mut pieces = word.pieces();
    let (Some(piece), None) = (pieces.next(), pieces.next()) else { return };
    let substitution = matches!(piece.node.kind(), Kind::CommandSubstitution | Kind::Backquote);
    let split = !piece.in_double_quotes && found.form == Form::Brackets;
    if substitution && !split && ends_with_grep(piece.node) {
        sink.report(view.place_of(found.range()), "the output of `grep` is asked for, and not its answer")
            .help("use `grep -q`, with `!` before it where there must be no match");
    }
}

/// Whether one pipeline runs in a substitution, and its last command is grep.
fn ends_with_grep(substitution: Node<'_>) -> bool {
    let mut pipelines = substitution.descendants().filter_map(Pipeline::cast);
    let (Some(only), None) = (pipelines.next(), pipelines.next()) else { return false };
    let last = only.commands().last().and_then(Command::cast).and_then(Command::name);
    last.is_some_and(|name| matches!(name.as_ref(), "grep" | "egrep" | "fgrep" | "zgrep"))
}
