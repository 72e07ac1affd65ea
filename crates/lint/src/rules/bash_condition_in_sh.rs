//! # bash-condition-in-sh
//!
//! ## What it does
//! Finds `<`, `>`, `=~` and `-v`, `-a`, `-o`, `-R`, `-N`, `-k`, `-G`, `-O` in conditions where the shell is `sh`.
//!
//! ## Why
//! POSIX does not have them, and not every `sh` has.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN [ -v HOME ] || exit 1
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN [ -n "${HOME+x}" ] || exit 1
//! USER 1000
//! ```

use facts::Severity;

use crate::script::{Asks, Condition, ScriptView, SystemShell};

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO927",
    name: "bash-condition-in-sh",
    aliases: &[
        "SC3012", "SC3015", "SC3016", "SC3017", "SC3062", "SC3063", "SC3064", "SC3065", "SC3066", "SC3067",
    ],
    severity: Severity::Warning,
    summary: "an operator of a condition that bash has and POSIX has not",
    enabled: true,
    check: Check::Condition(check),
    source: include_str!("bash_condition_in_sh.rs"),
};

fn check(view: &ScriptView<'_, '_>, found: &Condition<'_>, sink: &mut Sink<'_>) {
    let known = match found.asks {
        Asks::Binary(_, operator @ (">" | "<" | "\\>" | "\\<"), _) => Some((operator, "SC3012")),
        Asks::Binary(_, operator @ "=~", _) => Some((operator, "SC3015")),
        Asks::Unary(operator, _) => unary(operator).map(|alias| (operator, alias)),
        _ => None,
    };
    let Some((operator, alias)) = known.filter(|_| !view.is_bash()) else { return };
    sink.report(view.place_of(found.range()), format!("`sh` need not have `{operator}` in conditions"))
        .severity(view.portability(&[SystemShell::Busybox, SystemShell::Dash]))
        .aliases([alias]);
}

fn unary(operator: &str) -> Option<&'static str> {
    Some(match operator {
        "-v" => "SC3016",
        "-a" => "SC3017",
        "-o" => "SC3062",
        "-R" => "SC3063",
        "-N" => "SC3064",
        "-k" => "SC3065",
        "-G" => "SC3066",
        "-O" => "SC3067",
        _ => return None,
    })
}
