//! # control-without-effect
//!
//! ## What it does
//! Finds `break` and `continue` outside of loops or in a process of their own, `exit` and `return` with more than a
//! number from 0 to 255, and arguments of `.` in `sh`.
//!
//! ## Why
//! There is no loop to leave, an exit status has one byte, and dash does not hand arguments on.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN test -e /a || exit error
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN test -e /a || exit 1
//! USER 1000
//! ```

use facts::Severity;
use shell::{Invocation, Kind, Node};

use crate::model::RunCommand;
use crate::script::ScriptView;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO989",
    name: "control-without-effect",
    aliases: &["SC2104", "SC2105", "SC2106", "SC2151", "SC2152", "SC2240", "SC2241", "SC2242"],
    severity: Severity::Error,
    summary: "break, continue, exit, return or `.` with what they cannot do",
    enabled: true,
    check: Check::ScriptCommand(&["break", "continue", "exit", "return", "."], check),
    source: include_str!("control_without_effect.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let command = &item.command;
    if command.wrappers().next().is_some() {
        return;
    }
    let found = match command.name() {
        "." => (!view.is_bash() && command.args().len() > 1)
            .then_some(("SC2240", "`sh` does not hand arguments on to a file")),
        "break" | "continue" => leaves(command.command().node()),
        name => status(command, name == "exit"),
    };
    if let Some((alias, message)) = found {
        let warning = matches!(alias, "SC2240");
        let severity = if warning { Severity::Warning } else { Severity::Error };
        sink.report(view.place_of(command.range()), message).severity(severity).aliases([alias]);
    }
}

/// `break` and `continue`.
fn leaves(node: Node<'_>) -> Option<(&'static str, &'static str)> {
    let is_loop =
        |node: &Node<'_>| matches!(node.kind(), Kind::While | Kind::Until | Kind::For | Kind::Select);
    let mut process = false;
    for around in node.ancestors() {
        if is_loop(&around) {
            return process.then_some(("SC2106", "this ends the process around it, and not the loop"));
        }
        if around.kind() == Kind::Function {
            return Some(("SC2104", "there is no loop in this function"));
        }
        process |= around.is_subshell();
    }
    Some(("SC2105", "there is no loop here"))
}

/// `exit` and `return`.
fn status(command: &Invocation<'_>, exit: bool) -> Option<(&'static str, &'static str)> {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match command.args() {
        [_, _, ..] => Some((if exit { "SC2241" } else { "SC2151" }, "an exit status is one number")),
        [only]
            if !(only.expands
                || number(&only.text) && only.text.parse().is_ok_and(|value: u32| value < 256)) =>
        {
            Some((if exit { "SC2242" } else { "SC2152" }, "an exit status is a number from 0 to 255"))
        }
        _ => None,
    }
}
