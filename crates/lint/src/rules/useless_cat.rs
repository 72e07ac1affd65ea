//! # useless-cat
//!
//! ## What it does
//! Finds `cat file | command`.
//!
//! ## Why
//! `command < file`, or the file as an argument, does the same without a process more, and `pipefail` is not
//! needed.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN cat /etc/passwd | sort > /users
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN sort /etc/passwd > /users
//! USER 1000
//! ```

use facts::Severity;

use crate::model::RunCommand;
use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO949",
    name: "useless-cat",
    aliases: &["SC2002"],
    severity: Severity::Style,
    summary: "cat of one file before a `|`",
    enabled: true,
    check: Check::ScriptCommand(&["cat"], check),
    source: include_str!("useless_cat.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let command = &item.command;
    let [only] = command.args() else { return };
    let plain = !only.text.starts_with('-') && only.word.literal().is_some();
    let first = command.command().input().is_none() && command.command().output().is_some();
    if plain && first && command.wrappers().next().is_none() && command.command().redirects().next().is_none()
    {
        sink.report(view.place_of(command.range()), "`cat` is of no use here")
            .aliases([])
            .help("give the file to the next command, as an argument or with `<`");
    }
}
