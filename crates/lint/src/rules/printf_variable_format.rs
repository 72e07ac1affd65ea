//! # printf-variable-format
//!
//! ## What it does
//! Finds `printf "$text"`: a format in which a variable or the output of a command is put.
//!
//! ## Why
//! `%` and `\` in the value count as parts of the format. `printf '%s\n' "$text"` prints any value as it is.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! ARG NAME
//! RUN printf "$NAME\n" > /name
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! ARG NAME
//! RUN printf '%s\n' "$NAME" > /name
//! USER 1000
//! ```

use facts::Severity;

use crate::model::RunCommand;
use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO931",
    name: "printf-variable-format",
    aliases: &["SC2059"],
    severity: Severity::Info,
    summary: "a variable in the format of printf",
    enabled: true,
    check: Check::ScriptCommand(&["printf"], check),
    source: include_str!("printf_variable_format.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let command = &item.command;
    let mut args = command.args().iter().filter(|arg| arg.text != "--");
    let mut format = args.next();
    if format.is_some_and(|arg| arg.text == "-v") {
        format = args.nth(1);
    }
    let Some(format) = format.filter(|_| command.wrappers().next().is_none()) else { return };
    // A `%` says that someone knows what a format is.
    let known = format.word.pieces().any(|piece| !piece.is_expansion() && piece.text().contains('%'));
    if !known && format.word.expansions().next().is_some() {
        sink.report(view.place(format.word.node()), "a variable is put in the format of `printf`")
            .help("use `printf '%s\\n' \"…\"`");
    }
}
