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
    "/lib64",
    "/mnt",
    "/usr",
    "/usr/bin",
    "/usr/local",
    "/usr/share",
    "/var",
];
/// More of them, which other tools do not name.
const MORE: &[&str] = &["/sbin", "/usr/lib", "/usr/sbin", "/var/lib"];

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let command = &item.command;
    let recursive = ["-r", "-R", "--recursive"].iter().any(|option| command.option(option).is_some());
    let direct = command.wrappers().next().is_none();
    for arg in command.operands().filter(|_| recursive) {
        let Some(path) = path(view, arg) else { continue };
        let whole = path.trim_end_matches('*');
        let all = whole.len() < path.len();
        let trimmed = if whole == "/" { whole } else { whole.trim_end_matches('/') };
        let trimmed = if whole.starts_with('/') && trimmed.is_empty() { "/" } else { trimmed };
        let system = SYSTEM.contains(&trimmed);
        if !system && !MORE.contains(&trimmed) {
            continue;
        }
        let alias =
            if arg.expands && (arg.word.expansions().next().is_some() || all) { "SC2115" } else { "SC2114" };
        let message = match arg.word.expansions().next() {
            Some(_) => {
                format!("`{}` is a directory of the system when the variable is empty", arg.word.raw())
            }
            None => format!("`{trimmed}` belongs to the system"),
        };
        let draft =
            sink.report(view.place(arg.word.node()), message).aliases((system && direct).then_some(alias));
        if arg.word.expansions().next().is_some() {
            draft.help("use `${name:?}`, which ends the step then");
        }
    }
}

/// A path as it is when all that is expanded in it is empty; `None` when that cannot be.
fn path(view: &ScriptView<'_, '_>, arg: &Arg<'_>) -> Option<String> {
    let mut path = String::new();
    for piece in arg.word.pieces() {
        match Parameter::cast(piece.node) {
            Some(parameter) if !can_be_empty(view, parameter) => return None,
            Some(_) => {}
            None if piece.is_expansion() => {}
            None => path.push_str(&piece.text()),
        }
    }
    Some(path)
}

fn can_be_empty(view: &ScriptView<'_, '_>, parameter: Parameter<'_>) -> bool {
    let guarded = matches!(
        parameter.operator(),
        Some(ParameterOperator::Error | ParameterOperator::Default | ParameterOperator::Assign)
    );
    let known = matches!(view.step.scope.get(parameter.name()), Lookup::Known(value) if !value.is_empty());
    let set = view.values().is_set(parameter.name())
        && view.values().content(parameter.name(), parameter.node()) == Content::Word;
    !guarded && !known && !set && parameter.name() != "HOME"
}
