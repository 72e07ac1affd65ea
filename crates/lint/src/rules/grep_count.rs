//! # grep-count
//!
//! ## What it does
//! Finds `grep … | wc -l`.
//!
//! ## Why
//! `grep -c` counts lines itself, and its status says whether there are any.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! SHELL ["/bin/bash", "-o", "pipefail", "-c"]
//! RUN grep x /etc/passwd | wc -l > /count
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN grep -c x /etc/passwd > /count
//! USER 1000
//! ```

use facts::Severity;
use shell::{Command, Invocation};

use crate::model::RunCommand;
use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO954",
    name: "grep-count",
    aliases: &["SC2126"],
    severity: Severity::Style,
    summary: "`grep | wc -l` is `grep -c`",
    enabled: true,
    check: Check::ScriptCommand(&["grep"], check),
    source: include_str!("grep_count.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let command = &item.command;
    let Some(next) = command.command().output().and_then(Command::cast).map(Invocation::new) else { return };
    let counts = next.name() == "wc" && matches!(next.args(), [only] if only.text == "-l");
    let other = command.args().iter().any(|arg| {
        let short = arg.text.starts_with('-') && !arg.text.starts_with("--");
        matches!(arg.text.as_ref(), "--only-matching" | "--recursive")
            || short && arg.text.contains(['o', 'r', 'R', 'A', 'B', 'C'])
    });
    if counts && !other {
        sink.report(view.place_of(command.range()), "`grep -c` counts lines itself");
    }
}
