//! # contradicting-conditions
//!
//! ## What it does
//! Finds `[ "$a" != x ] || [ "$a" != y ]`, which is always true, and `[ "$a" = x ] && [ "$a" = y ]`, which never is.
//!
//! ## Why
//! Meant is mostly the other one of `&&` and `||`.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN a=$(uname -m); if [ "$a" != arm64 ] || [ "$a" != aarch64 ]; then exit 1; fi
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN a=$(uname -m); if [ "$a" != arm64 ] && [ "$a" != aarch64 ]; then exit 1; fi
//! USER 1000
//! ```

use facts::Severity;
use kit::TextRange;
use shell::{Kind, Node};

use crate::script::{Asks, Condition, Form, ScriptView, plain};

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO963",
    name: "contradicting-conditions",
    aliases: &["SC2055", "SC2252", "SC2333"],
    severity: Severity::Warning,
    summary: "two conditions that are always or never true together",
    enabled: true,
    check: Check::Node(&[Kind::AndOr, Kind::Simple, Kind::Conditional], check),
    source: include_str!("contradicting_conditions.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    match node.kind() {
        Kind::AndOr => check_chain(view, node, sink),
        Kind::Simple => check_command(view, node, sink),
        _ => check_double(view, node, sink),
    }
}

/// `[ … ] || [ … ]`
fn check_chain(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    for operator in node.children_of(Kind::Operator) {
        let before = operator.siblings_before().next();
        let behind = operator.siblings_behind().next();
        let negated = [before, behind].into_iter().flatten().any(|side| side.child(Kind::Keyword).is_some());
        let (Some(left), Some(right)) = (only(member(before)), only(member(behind))) else { continue };
        if let Some(or) = contradict(&left, operator.text(), &right).filter(|_| !negated) {
            report(view, left.range().cover(right.range()), or, if or { "SC2252" } else { "SC2333" }, sink);
        }
    }
}

fn member(pipeline: Option<Node<'_>>) -> Option<Node<'_>> {
    pipeline.filter(|side| side.kind() == Kind::Pipeline)?.child(Kind::Simple)
}

fn last(test: Option<Node<'_>>) -> Option<Condition<'_>> {
    Condition::of(test?).pop()
}

fn only(node: Option<Node<'_>>) -> Option<Condition<'_>> {
    let found = Condition::of(node?);
    let [only] = found.as_slice() else { return None };
    (only.form != Form::Test).then_some(*only)
}

/// `[ … -o … ]`
fn check_command(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    if !node.text().starts_with("[ ") || node.children().any(|word| matches!(word.text(), "!" | "\\(")) {
        return;
    }
    let found = Condition::of(node);
    for pair in found.windows(2) {
        let joined = node.children_of(Kind::Word).filter(|word| {
            word.range().start > pair[0].range().start && word.range().end < pair[1].range().end
        });
        let mut joins = joined.map(Node::text).filter(|text| matches!(*text, "-a" | "-o"));
        let operator = if joins.next() == Some("-o") { "||" } else { "&&" };
        if let Some(or) = contradict(&pair[0], operator, &pair[1]) {
            report(
                view,
                pair[0].range().cover(pair[1].range()),
                or,
                if or { "SC2055" } else { "SC2333" },
                sink,
            );
        }
    }
}

/// `[[ … || … ]]`
fn check_double(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    for operator in node.children_of(Kind::Operator).filter(|word| matches!(word.text(), "&&" | "||")) {
        let (before, behind) = (operator.siblings_before().next(), operator.siblings_behind().next());
        let (Some(left), Some(right)) = (last(before), last(behind)) else { continue };
        if let Some(or) = contradict(&left, operator.text(), &right) {
            report(view, left.range().cover(right.range()), or, if or { "SC2055" } else { "SC2333" }, sink);
        }
    }
}

/// Whether two conditions on the same variable are always true (`Some(true)`) or never (`Some(false)`).
fn contradict(left: &Condition<'_>, operator: &str, right: &Condition<'_>) -> Option<bool> {
    let (Asks::Binary(a, first, x), Asks::Binary(b, second, y)) = (left.asks, right.asks) else {
        return None;
    };
    let same = a.raw() == b.raw() && first == second && a.raw().contains('$');
    let (x, y) = (
        plain(x)?,
        if operator == "||" && left.node == right.node { plain(y).unwrap_or_default() } else { plain(y)? },
    );
    match (operator, first) {
        _ if !same || x == y => None,
        ("||", "!=" | "-ne") => Some(true),
        ("&&", "=" | "==" | "-eq") => Some(false),
        _ => None,
    }
}

fn report(
    view: &ScriptView<'_, '_>,
    range: TextRange,
    always: bool,
    alias: &'static str,
    sink: &mut Sink<'_>,
) {
    let message = if always { "one of the two is always true" } else { "the two are never true together" };
    let help = if always { "should it be `&&`?" } else { "should it be `||`?" };
    sink.report(view.place_of(range), message).help(help).aliases([alias]);
}
