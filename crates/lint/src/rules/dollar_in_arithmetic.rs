//! # dollar-in-arithmetic
//!
//! ## What it does
//! Finds `$(($a + 1))`, `$[…]`, `let`, fractions, and numbers with a zero before them that are not octal.
//!
//! ## Why
//! Names of variables need no `$` in an expression. Shells have whole numbers alone, and a zero at the begin makes a
//! number octal.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN n=$(nproc); echo "$(($n + 1))"
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN n=$(nproc); echo "$((n + 1))"
//! USER 1000
//! ```

use facts::Severity;
use shell::{Kind, Node, Parameter};

use crate::model::RunCommand;
use crate::script::ScriptView;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO970",
    name: "dollar-in-arithmetic",
    aliases: &["SC2004", "SC2007", "SC2079", "SC2080", "SC2219"],
    severity: Severity::Style,
    summary: "an expression with signs or numbers that it does not need or have",
    enabled: true,
    check: Check::Each(&[
        Check::Node(&[Kind::Expression, Kind::Arithmetic], check),
        Check::ScriptCommand(&["let"], check_let),
    ]),
    source: include_str!("dollar_in_arithmetic.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    if node.kind() == Kind::Arithmetic {
        if node.text().starts_with("$[") {
            sink.report(view.place(node), "`$[…]` is an old form of `$((…))`").aliases(["SC2007"]);
        }
        return;
    }
    let subscript =
        node.parent().is_some_and(|parent| matches!(parent.kind(), Kind::Subscript | Kind::Parameter));
    for part in node.children().filter(|_| !subscript) {
        let found = match part.kind() {
            Kind::Word | Kind::Parameter => {
                is_plain_variable(part).then_some(("SC2004", "a name needs no `$` here"))
            }
            Kind::Number => number(part.text()),
            _ => None,
        };
        if let Some((alias, message)) = found {
            sink.report(view.place(part), message).aliases([alias]);
        }
    }
}

/// Whether it is `$name`, `${name}` or an element and nothing more.
fn is_plain_variable(part: Node<'_>) -> bool {
    let inner = if part.kind() == Kind::Word { part.children().next() } else { Some(part) };
    let Some(parameter) = inner.filter(|inner| inner.range() == part.range()).and_then(Parameter::cast)
    else {
        return false;
    };
    let based =
        part.previous().is_some_and(|before| before.kind() != Kind::Operator && !before.kind().is_trivia());
    let plain = parameter.operator().is_none() && !parameter.is_length() && !parameter.is_indirect();
    plain && !parameter.is_special() && !based
}

fn number(text: &str) -> Option<(&'static str, &'static str)> {
    if text.contains('.') {
        return Some(("SC2079", "shells have whole numbers alone"));
    }
    let octal = text.len() > 1 && text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    (octal && text.contains(['8', '9'])).then_some(("SC2080", "a number that begins with a zero is octal"))
}

fn check_let(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    if view.is_bash() && item.command.wrappers().next().is_none() {
        sink.report(view.place_of(item.command.range()), "`((…))` says the same as `let`")
            .aliases(["SC2219"]);
    }
}
