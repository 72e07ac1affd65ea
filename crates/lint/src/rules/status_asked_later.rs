//! # status-asked-later
//!
//! ## What it does
//! Finds `[ $? -eq 0 ]` and its like.
//!
//! ## Why
//! `if command` asks for the status at once; with `set -e` the comparison is never reached when the command fails.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN grep -q x /etc/passwd; if [ $? -ne 0 ]; then touch /none; fi
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN if ! grep -q x /etc/passwd; then touch /none; fi
//! USER 1000
//! ```

use facts::Severity;

use crate::model::RunCommand;
use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO953",
    name: "status-asked-later",
    aliases: &["SC2181"],
    severity: Severity::Style,
    summary: "`$?` is compared instead of asking for the command",
    enabled: true,
    check: Check::ScriptCommand(&["[", "test"], check),
    source: include_str!("status_asked_later.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let args: Vec<&str> =
        item.command.args().iter().map(|arg| arg.text.as_ref()).filter(|text| *text != "]").collect();
    if let ["$?", "-eq" | "-ne" | "=" | "==" | "!=" | "-gt", "0"] | ["0", "-eq" | "-ne", "$?"] =
        args.as_slice()
    {
        sink.report(
            view.place_of(item.command.range()),
            "`$?` is compared instead of asking for the command",
        )
        .help("use `if command; then …`");
    }
}
