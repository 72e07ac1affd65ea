//! # file-written-by-echo
//!
//! ## What it does
//! Finds RUN instructions with nothing but one `echo`, `printf` or `cat` that writes a file.
//!
//! ## Why
//! `COPY <<EOF /path` shows the file as it is, needs no quotes and no shell, and takes `--chmod` and `--chown`.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM alpine:3.22
//! RUN echo "a=b" > /etc/tool.conf
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM alpine:3.22
//! COPY <<EOF /etc/tool.conf
//! a=b
//! EOF
//! USER 1000
//! ```

use crate::context::Context;
use crate::rule::{At, Check, Rule};
use crate::sink::Sink;
use facts::Severity;

pub(crate) static RULE: Rule = Rule {
    code: "CO723",
    name: "file-written-by-echo",
    aliases: &["prefer-copy-heredoc"],
    severity: Severity::Style,
    summary: "a file is written by commands where COPY does it",
    enabled: false,
    check: Check::Command(&["cat", "echo", "printf"], check),
    source: include_str!("file_written_by_echo.rs"),
};

fn check(_context: &Context<'_>, at: &At<'_, '_>, sink: &mut Sink<'_>) {
    let command = &at.item.command;
    let simple = command.command();
    let target =
        simple.redirects().find(|redirect| redirect.operator() == ">").and_then(shell::Redirect::target);
    let constant = command.args().iter().all(|arg| !arg.expands);
    if target.is_some_and(|word| word.literal().is_some()) && constant && at.run.commands.len() == 1 {
        sink.report(at.run.place_of_command(command), "`COPY` writes files, too")
            .help("write `COPY <<EOF /path`");
    }
}
