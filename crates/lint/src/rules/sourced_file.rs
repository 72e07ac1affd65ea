//! # sourced-file
//!
//! ## What it does
//! Finds `. file` and `source file`. Off by default.
//!
//! ## Why
//! What the file sets and does is not known to whoever reads the Dockerfile, and no rule can follow it.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN . /etc/os-release && touch "/opt/$VERSION_ID"
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN touch "/opt/$(uname -m)"
//! USER 1000
//! ```

use facts::Severity;
use shell::Arg;

use crate::model::RunCommand;
use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO956",
    name: "sourced-file",
    aliases: &["SC1090", "SC1091"],
    severity: Severity::Style,
    summary: "a script of the image is read that cannot be seen here",
    enabled: false,
    check: Check::ScriptCommand(&[".", "source"], check),
    source: include_str!("sourced_file.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let Some(file) = item.command.args().first().filter(|_| item.command.wrappers().next().is_none()) else {
        return;
    };
    if file.text == "/dev/null" {
        return;
    }
    let alias = if has_name(file) { "SC1091" } else { "SC1090" };
    sink.report(view.place(file.word.node()), "what this file sets and does cannot be seen here")
        .aliases([alias]);
}

/// Whether the name of the file is known to `ShellCheck`, which passes over one expansion before the first slash.
fn has_name(file: &Arg<'_>) -> bool {
    let mut expansions = file.word.expansions();
    match (expansions.next(), expansions.next()) {
        (None, _) => !file.text.starts_with("~/"),
        (Some(one), None) => {
            file.text.strip_prefix(one.node.text()).is_some_and(|rest| rest.starts_with('/'))
        }
        _ => false,
    }
}
