//! # remove-below-variable
//!
//! ## What it does
//! Finds `rm -r "$name/"`, `rm -r "$name/*"` and `rm -r /usr`: what is removed is a directory of the system, or one
//! when the variable is empty.
//!
//! ## Why
//! With an empty variable, `rm -rf "$dir/"*` removes everything. `"${dir:?}/"` ends the step instead.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! ARG DIR
//! RUN rm -rf "$DIR/"*
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! ARG DIR
//! RUN rm -rf "${DIR:?}/"*
//! USER 1000
//! ```

use facts::Severity;
use shell::{Arg, Parameter, ParameterOperator};
use stage::Lookup;

use crate::model::RunCommand;
use crate::rule::{Check, Rule};
use crate::script::{Content, ScriptView};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO950",
    name: "remove-below-variable",
    aliases: &["SC2115", "SC2114"],
    severity: Severity::Warning,
    summary: "`rm -r` of a system directory when a variable is empty",
    enabled: true,
    check: Check::ScriptCommand(&["rm"], check),
    source: include_str!("remove_below_variable.rs"),
};

/// Directories that an image does not work without.
const SYSTEM: &[&str] = &[
    "/",
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/home",
    "/lib",
    "/sbin",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/usr/local",
    "/usr/share",
    "/var",
    "/var/lib",
];

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let command = &item.command;
    if command
        .option("-r")
        .or_else(|| command.option("-R"))
        .or_else(|| command.option("--recursive"))
        .is_none()
    {
        return;
    }
    for arg in command.operands() {
        let path = arg.text.trim_end_matches('*');
        let path = if path == "/" { path } else { path.trim_end_matches('/') };
        if !arg.expands && SYSTEM.contains(&path) {
            sink.report(view.place(arg.word.node()), format!("`{path}` belongs to the system"))
                .aliases(["SC2114"]);
        } else if can_be_root(view, arg) {
            let message =
                format!("`{}` is a directory of the system when the variable is empty", arg.word.raw());
            sink.report(view.place(arg.word.node()), message)
                .help("use `${name:?}`, which ends the step then")
                .aliases(["SC2115"]);
        }
    }
}

/// Whether a word is a variable that can be empty and a directory of the system, with or without `*`, behind it.
fn can_be_root(view: &ScriptView<'_, '_>, arg: &Arg<'_>) -> bool {
    let mut pieces = arg.word.pieces();
    let Some(parameter) = pieces.next().and_then(|piece| Parameter::cast(piece.node)) else { return false };
    let guarded = matches!(
        parameter.operator(),
        Some(ParameterOperator::Error | ParameterOperator::Default | ParameterOperator::Assign)
    );
    let rest: String = pieces.map(|piece| piece.text().into_owned()).collect();
    let rest = rest.trim_end_matches('*');
    let below = rest.starts_with('/')
        && SYSTEM.contains(&if rest == "/" { rest } else { rest.trim_end_matches('/') });
    let known = matches!(view.step.scope.get(parameter.name()), Lookup::Known(value) if !value.is_empty());
    let set = view.values().is_set(parameter.name())
        && view.values().content(parameter.name(), parameter.node()) == Content::Word;
    below && !guarded && !known && !set && parameter.name() != "HOME"
}
