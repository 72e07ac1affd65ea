//! # bash-command-in-sh
//!
//! ## What it does
//! Finds `pushd`, `shopt`, `declare`, `let`, `set -o pipefail`, `read -p` and other commands and options of bash
//! where the shell is `sh`.
//!
//! ## Why
//! dash does not have them: the step fails, or goes on without what was asked for.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN pushd /opt && touch x && popd
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! SHELL ["/bin/bash", "-c"]
//! RUN pushd /opt && touch x && popd
//! USER 1000
//! ```

use facts::Severity;

use crate::model::RunCommand;
use crate::rule::{Check, Rule};
use crate::script::{ScriptView, SystemShell};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO926",
    name: "bash-command-in-sh",
    aliases: &["SC3044", "SC3045", "SC3040", "SC3039", "SC3047"],
    severity: Severity::Warning,
    summary: "a command or option of bash in a text for sh",
    enabled: true,
    check: Check::ScriptCommand(
        &[
            "caller",
            "declare",
            "dirs",
            "disown",
            "enable",
            "export",
            "let",
            "mapfile",
            "popd",
            "pushd",
            "read",
            "readarray",
            "set",
            "shopt",
            "trap",
            "typeset",
            "unset",
        ],
        check,
    ),
    source: include_str!("bash_command_in_sh.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let command = &item.command;
    if view.is_bash() || command.wrappers().next().is_some() {
        return;
    }
    let has = |names: &[&str]| command.args().iter().any(|arg| names.contains(&arg.text.as_ref()));
    let (alias, what, in_busybox) = match command.name() {
        "let" => ("SC3039", "`let`".to_owned(), true),
        "set" if has(&["pipefail"]) => ("SC3040", "`set -o pipefail`".to_owned(), true),
        "read" if option(command, &["-a", "-n", "-p", "-s", "-t", "-N", "-d"]) => {
            ("SC3045", "this option of `read`".to_owned(), true)
        }
        "export" if option(command, &["-f", "-n"]) => ("SC3045", "this option of `export`".to_owned(), false),
        "trap" if has(&["ERR", "DEBUG", "RETURN"]) => ("SC3047", "this signal of `trap`".to_owned(), false),
        "unset" if option(command, &["-n"]) => ("SC3045", "this option of `unset`".to_owned(), false),
        "read" | "export" | "trap" | "unset" | "set" => return,
        name => ("SC3044", format!("`{name}`"), false),
    };
    // It is what the rule on pipes asks for.
    if alias == "SC3040"
        && view.system_shell() != SystemShell::Dash
        && view.system_shell() != SystemShell::Unknown
    {
        return;
    }
    let also: &[SystemShell] = if in_busybox { &[SystemShell::Busybox] } else { &[] };
    let range = view.place_of(command.range());
    sink.report(range, format!("`sh` need not have {what}"))
        .severity(view.portability(also))
        .aliases([alias]);
}

/// Whether the first argument is one of these options.
fn option(command: &shell::Invocation<'_>, names: &[&str]) -> bool {
    let options = command.args().iter().take_while(|arg| arg.is_option());
    options.into_iter().any(|arg| {
        names.iter().any(|name| {
            arg.text.starts_with('-') && !arg.text.starts_with("--") && arg.text.contains(&name[1..])
        })
    })
}
