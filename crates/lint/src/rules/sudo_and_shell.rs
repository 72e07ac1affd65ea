//! # sudo-and-shell
//!
//! ## What it does
//! Finds redirections of a command behind `sudo`, and `sudo cd`, `sudo export`, `sudo source`.
//!
//! ## Why
//! The shell opens the file before it starts `sudo`, with its own rights. `cd` and its like are no programs.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN sudo echo a > /etc/a
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN echo a > /etc/a
//! USER 1000
//! ```

use facts::Severity;
use shell::Redirect;

use crate::model::RunCommand;
use crate::script::ScriptView;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO985",
    name: "sudo-and-shell",
    aliases: &["SC2024", "SC2232"],
    severity: Severity::Warning,
    summary: "what sudo is asked for is done by the shell, or cannot be done",
    enabled: true,
    check: Check::ScriptCommand(&[], check),
    source: include_str!("sudo_and_shell.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let command = &item.command;
    if command.words().first().is_none_or(|first| first.text != "sudo") {
        return;
    }
    let builtin = [
        "cd", "command", "declare", "eval", "exec", "export", "history", "local", "popd", "pushd", "read",
        "readonly", "set", "source", "trap", "ulimit", "unset", "wait",
    ];
    if builtin.contains(&command.name()) && command.wrappers().nth(1).is_none() {
        let message = format!("`{}` is a command of the shell, and no program", command.name());
        sink.report(view.place_of(command.range()), message).aliases(["SC2232"]);
    }
    let file = |redirect: &Redirect<'_>| {
        let output = matches!(redirect.operator(), ">" | ">>")
            && redirect.descriptor().is_none_or(|number| number == 1);
        let input = redirect.operator() == "<" && redirect.descriptor().is_none();
        let special = redirect.target().is_some_and(|target| target.raw() == "/dev/null");
        (output || input) && !special
    };
    if let Some(redirect) = command.command().redirects().find(file) {
        sink.report(view.place(redirect.node()), "the shell opens this file, and not `sudo`")
            .help("use `… | sudo tee file`")
            .aliases(["SC2024"]);
    }
}
