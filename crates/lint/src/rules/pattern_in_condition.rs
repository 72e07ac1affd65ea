//! # pattern-in-condition
//!
//! ## What it does
//! Finds `[ -f *.c ]`, `[ "$a" = *.c ]`, variables without quotes behind `-n` and behind the `==` of `[[ … ]]`, and
//! `=~` with a glob or with a regular expression in quotes.
//!
//! ## Why
//! `[` has no patterns: it fails when more than one file matches. In `[[ … ]]` the right side of `==` is a pattern
//! unless it is quoted, and a regular expression is none when it is.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN [ -f /opt/*.jar ] || exit 1
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN ls /opt/*.jar
//! USER 1000
//! ```

use facts::Severity;
use shell::{Kind, Word};

use crate::script::{Asks, Condition, Form, ScriptView};

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO959",
    name: "pattern-in-condition",
    aliases: &["SC2049", "SC2053", "SC2070", "SC2074", "SC2076", "SC2081", "SC2144", "SC2331"],
    severity: Severity::Warning,
    summary: "a condition takes a pattern for something else than it is",
    enabled: true,
    check: Check::Condition(check),
    source: include_str!("pattern_in_condition.rs"),
};

fn check(view: &ScriptView<'_, '_>, found: &Condition<'_>, sink: &mut Sink<'_>) {
    if found.form == Form::Test {
        return;
    }
    let double = found.form == Form::Double;
    for (alias, message) in mistakes(found, double, view.is_bash()).into_iter().flatten() {
        sink.report(view.place_of(found.range()), message).aliases([alias]);
    }
}

type Mistake = Option<(&'static str, &'static str)>;

fn mistakes(found: &Condition<'_>, double: bool, bash: bool) -> [Mistake; 2] {
    match found.asks {
        Asks::Unary(operator, word) => {
            let files =
                word.is_pattern().then_some(("SC2144", "this fails when several files match: use a loop"));
            let second = match operator {
                "-a" => Some(("SC2331", "`-e` asks whether a file is there; `-a` joins conditions")),
                "-n" if !double && splits(word) => {
                    Some(("SC2070", "`-n` is true for no word at all: quote it"))
                }
                _ => None,
            };
            [files, second]
        }
        Asks::Binary(left, "=" | "==" | "!=", right) if double => {
            let unquoted = is_one_variable(right) && !left.is_pattern();
            [unquoted.then_some(("SC2053", "the right side is a pattern unless it is quoted")), None]
        }
        Asks::Binary(_, "=" | "==" | "!=", right) => {
            [right.is_pattern().then_some(("SC2081", "`[` has no patterns: use `case`")), None]
        }
        Asks::Binary(_, "=~", right) => {
            let alone = !double;
            let text = right.text();
            let quoted = double && right.is_quoted() && text.contains(['.', '*', '+', '?', '[', '|', '(']);
            let glob = double && !right.is_quoted() && is_glob(&text);
            let of_double = if quoted {
                Some(("SC2076", "in quotes this is a text, and no regular expression"))
            } else {
                glob.then_some((
                    "SC2049",
                    "`=~` is for regular expressions, and this looks like a pattern for files",
                ))
            };
            [of_double, (alone && bash).then_some(("SC2074", "`=~` is for `[[ … ]]`"))]
        }
        _ => [None, None],
    }
}

fn splits(word: Word<'_>) -> bool {
    let list = |text: &str| text.contains('@');
    word.is_pattern() || word.unquoted_expansions().any(|piece| !list(piece.node.text()))
}

fn is_one_variable(word: Word<'_>) -> bool {
    let mut pieces = word.pieces();
    let first = pieces.next();
    first.is_some_and(|piece| !piece.in_double_quotes && piece.node.kind() == Kind::Parameter)
        && pieces.next().is_none()
}

/// Whether a regular expression begins with `*`, or ends with a letter and `*`.
fn is_glob(text: &str) -> bool {
    let before = text.strip_suffix('*').and_then(|rest| rest.chars().last());
    text.starts_with('*') || before.is_some_and(char::is_alphanumeric)
}
