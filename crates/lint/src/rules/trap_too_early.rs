//! # trap-too-early
//!
//! ## What it does
//! Finds variables and commands in the double quotes of `trap "…"`, and traps for KILL and STOP.
//!
//! ## Why
//! They are expanded when the trap is set, and not when the signal comes. KILL and STOP are not given to the program.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN d=$(mktemp -d); trap "rm -rf $d" EXIT; touch "$d/a"
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; touch "$d/a"
//! USER 1000
//! ```

use crate::model::RunCommand;
use crate::script::ScriptView;
use facts::Severity;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO990",
    name: "trap-too-early",
    aliases: &["SC2064", "SC2173"],
    severity: Severity::Warning,
    summary: "a trap whose text is expanded at once, or for a signal that cannot be caught",
    enabled: true,
    check: Check::ScriptCommand(&["trap"], check),
    source: include_str!("trap_too_early.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let Some((first, signals)) = item.command.args().split_first() else { return };
    let quoted =
        first.word.node().children().next().is_some_and(|child| child.kind() == shell::Kind::DoubleQuoted);
    if quoted && !signals.is_empty() && first.word.expansions().next().is_some() {
        sink.report(view.place(first.word.node()), "this is expanded now, and not when the signal comes")
            .help("put it in single quotes")
            .aliases(["SC2064"]);
    }
    let never = |text: &str| matches!(text, "KILL" | "SIGKILL" | "9" | "STOP" | "SIGSTOP");
    if let Some(signal) = signals.iter().find(|signal| first.text != "-" && never(&signal.text)) {
        sink.report(view.place(signal.word.node()), "this signal cannot be caught")
            .severity(Severity::Error)
            .aliases(["SC2173"]);
    }
}
