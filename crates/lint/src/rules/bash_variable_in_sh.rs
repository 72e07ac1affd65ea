//! # bash-variable-in-sh
//!
//! ## What it does
//! Finds `$UID`, `$HOSTNAME`, `$RANDOM` and other variables of bash where the shell is `sh` and neither ARG, ENV
//! nor the step sets them.
//!
//! ## Why
//! In `sh` they are empty.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN touch "/opt/$HOSTNAME"
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN touch "/opt/$(hostname)"
//! USER 1000
//! ```

use facts::Severity;
use shell::Access;

use crate::rule::{Check, Rule};
use crate::script::{ScriptView, SystemShell};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO925",
    name: "bash-variable-in-sh",
    aliases: &["SC3028"],
    severity: Severity::Warning,
    summary: "a variable that bash sets and sh does not",
    enabled: true,
    check: Check::Script(check),
    source: include_str!("bash_variable_in_sh.rs"),
};

const BASH: &[&str] = &[
    "BASHOPTS",
    "BASHPID",
    "BASH_ARGC",
    "BASH_ARGV",
    "BASH_COMMAND",
    "BASH_LINENO",
    "BASH_REMATCH",
    "BASH_SOURCE",
    "BASH_SUBSHELL",
    "BASH_VERSINFO",
    "DIRSTACK",
    "EPOCHREALTIME",
    "EPOCHSECONDS",
    "EUID",
    "FUNCNAME",
    "GROUPS",
    "HOSTNAME",
    "HOSTTYPE",
    "MACHTYPE",
    "MAPFILE",
    "OSTYPE",
    "PIPESTATUS",
    "RANDOM",
    "SECONDS",
    "SHELLOPTS",
    "SHLVL",
    "UID",
    "_",
];

fn check(view: &ScriptView<'_, '_>, sink: &mut Sink<'_>) {
    if view.is_bash() {
        return;
    }
    let scope = &view.step.scope;
    for found in
        view.values().uses().iter().filter(|found| found.access == Access::Read && BASH.contains(&found.name))
    {
        let declared = scope.env().contains_key(found.name) || scope.args().contains_key(found.name);
        if declared || view.values().is_set(found.name) {
            continue;
        }
        let also: &[SystemShell] =
            if matches!(found.name, "HOSTNAME" | "RANDOM") { &[SystemShell::Busybox] } else { &[] };
        sink.report(view.place_of(found.range), format!("`sh` does not set `{}`", found.name))
            .severity(view.portability(also));
    }
}
