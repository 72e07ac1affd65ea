//! # one-file-alone
//!
//! ## What it does
//! Finds `cp` and `mv` with a source and no destination, and `ln` with one name.
//!
//! ## Why
//! `cp` and `mv` fail; `ln` makes the link in the working directory, where it is mostly not meant to be.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN ln -s /opt/tool/bin/tool
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN ln -s /opt/tool/bin/tool /usr/local/bin/tool
//! USER 1000
//! ```

use facts::Severity;

use crate::model::RunCommand;
use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO934",
    name: "one-file-alone",
    aliases: &["SC2226", "SC2225", "SC2224"],
    severity: Severity::Warning,
    summary: "cp, mv or ln is given one name alone",
    enabled: true,
    check: Check::ScriptCommand(&["cp", "ln", "mv"], check),
    source: include_str!("one_file_alone.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let command = &item.command;
    let mut operands = command.operands();
    let (Some(only), None) = (operands.next(), operands.next()) else { return };
    let literal = only.word.literal().is_some() || only.word.is_quoted() && !only.word.is_pattern();
    let directory = command.args().iter().any(|arg| {
        arg.text.starts_with("--")
            || arg.text.starts_with('-') && arg.text.contains(['t', 'T'])
            || arg.text == "--"
    });
    let list = only.word.unquoted_expansions().next().is_some();
    if !literal || directory || list || command.wrappers().next().is_some() {
        return;
    }
    let (alias, severity, message) = match command.name() {
        "cp" => ("SC2225", Severity::Error, "`cp` is not told where to copy to"),
        "mv" => ("SC2224", Severity::Error, "`mv` is not told where to move to"),
        _ => (
            "SC2226",
            Severity::Info,
            "`ln` makes the link in the working directory, as it is given one name alone",
        ),
    };
    sink.report(view.place_of(command.range()), message).severity(severity).aliases([alias]);
}
