//! # name-behind-dollar
//!
//! ## What it does
//! Finds `export $name` and `read $name`.
//!
//! ## Why
//! What is exported or read is the variable whose name is in the variable.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN LIST=$(ls /opt); export $LIST
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN LIST=$(ls /opt); export LIST
//! USER 1000
//! ```

use facts::Severity;
use shell::Parameter;

use crate::model::RunCommand;
use crate::script::ScriptView;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO995",
    name: "name-behind-dollar",
    aliases: &["SC2163", "SC2229"],
    severity: Severity::Warning,
    summary: "a command that takes a name is given the value of a variable",
    enabled: true,
    check: Check::ScriptCommand(&["export", "read"], check),
    source: include_str!("name_behind_dollar.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let alias = if item.command.name() == "export" { "SC2163" } else { "SC2229" };
    for arg in item.command.args() {
        let mut pieces = arg.word.pieces();
        let (Some(first), None) = (pieces.next(), pieces.next()) else { continue };
        let plain = Parameter::cast(first.node)
            .is_some_and(|found| found.operator().is_none() && !found.is_special() && !found.is_length());
        if plain {
            sink.report(view.place(arg.word.node()), "this takes the name of a variable, without `$`")
                .aliases([alias]);
        }
    }
}
