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
    let alias = if file.word.expansions().next().is_some() { "SC1090" } else { "SC1091" };
    sink.report(view.place(file.word.node()), "what this file sets and does cannot be seen here")
        .aliases([alias]);
}
