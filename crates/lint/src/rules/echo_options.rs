//! # echo-options
//!
//! ## What it does
//! Finds `echo -e`, `echo -n` and `echo -E` where the shell is `sh`. `-n` works in all shells that images have, and
//! is a matter of style.
//!
//! ## Why
//! For `sh` it is not said what `echo` does with them: dash prints `-e` like any other word.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN echo -e "a\tb" > /etc/tool.conf
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN printf 'a\tb\n' > /etc/tool.conf
//! USER 1000
//! ```

use facts::Severity;

use crate::model::RunCommand;
use crate::rule::{Check, Rule};
use crate::script::{ScriptView, SystemShell};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO920",
    name: "echo-options",
    aliases: &["SC3037"],
    severity: Severity::Info,
    summary: "whether echo takes options depends on the shell",
    enabled: true,
    check: Check::ScriptCommand(&["echo"], check),
    source: include_str!("echo_options.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let command = &item.command;
    let Some(arg) = command.args().first().filter(|_| !view.is_bash() && command.wrappers().next().is_none())
    else {
        return;
    };
    let letters = arg.text.strip_prefix('-').unwrap_or_default();
    if letters.is_empty() || !letters.bytes().all(|letter| matches!(letter, b'e' | b'n' | b's' | b'E')) {
        return;
    }
    let plain = letters == "n";
    let severity = if plain { Severity::Style } else { view.portability(&[SystemShell::Busybox]) };
    sink.report(view.place(arg.word.node()), format!("what `echo {}` does depends on the shell", arg.text))
        .help("use `printf`")
        .severity(severity);
}
