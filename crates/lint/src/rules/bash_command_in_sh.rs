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
//! RUN pushd /opt && touch x && popd || exit 1
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! SHELL ["/bin/bash", "-c"]
//! RUN pushd /opt && touch x && popd || exit 1
//! USER 1000
//! ```

use facts::Severity;
use shell::Invocation;

use crate::model::RunCommand;
use crate::rule::{Check, Rule};
use crate::script::{ScriptView, SystemShell};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO926",
    name: "bash-command-in-sh",
    aliases: &[
        "SC3032", "SC3038", "SC3039", "SC3040", "SC3041", "SC3042", "SC3043", "SC3044", "SC3045", "SC3047",
        "SC3048", "SC3049", "SC3050", "SC3061",
    ],
    severity: Severity::Warning,
    summary: "a command or option of bash in a text for sh",
    enabled: true,
    check: Check::ScriptCommand(COMMANDS, check),
    source: include_str!("bash_command_in_sh.rs"),
};

const COMMANDS: &[&str] = &[
    "builtin",
    "caller",
    "cd",
    "compgen",
    "complete",
    "coproc",
    "declare",
    "dirs",
    "disown",
    "enable",
    "exec",
    "export",
    "hash",
    "jobs",
    "let",
    "local",
    "mapfile",
    "popd",
    "printf",
    "pushd",
    "read",
    "readarray",
    "readonly",
    "set",
    "shopt",
    "suspend",
    "trap",
    "type",
    "typeset",
    "ulimit",
    "umask",
    "unset",
    "wait",
];

/// What is found: the code of `ShellCheck`, what it is, and how many shells have it.
struct Found(&'static str, String, Reach);

/// Which shells have something besides bash.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// None.
    Bash,
    /// That of busybox.
    Busybox,
    /// That of busybox, and dash.
    Most,
}

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let command = &item.command;
    if view.is_bash() || command.command().name().as_deref() != Some(command.words()[0].text.as_ref()) {
        return;
    }
    let name = command.words()[0].text.as_ref();
    for Found(alias, what, reach) in found(name, command) {
        // It is what the rule on pipes asks for.
        if alias == "SC3040" && matches!(view.system_shell(), SystemShell::Bash | SystemShell::Busybox) {
            continue;
        }
        let severity = match reach {
            Reach::Most => Severity::Style,
            Reach::Busybox => view.portability(&[SystemShell::Busybox]),
            Reach::Bash => view.portability(&[]),
        };
        sink.report(view.place_of(command.range()), format!("`sh` need not have {what}"))
            .severity(severity)
            .aliases([alias]);
    }
}

fn found(name: &str, command: &Invocation<'_>) -> Vec<Found> {
    let has = |names: &[&str]| command.args().iter().any(|arg| names.contains(&arg.text.as_ref()));
    let one = |alias, what: &str, reach| vec![Found(alias, what.to_owned(), reach)];
    match name {
        "let" => one("SC3039", "`let`", Reach::Busybox),
        "local" => one("SC3043", "`local`", Reach::Most),
        "coproc" => one("SC3032", "`coproc`", Reach::Bash),
        "set" => settings(command),
        "trap" => signals(command),
        "exec" if option(command, "").is_some() => one("SC3038", "options of `exec`", Reach::Bash),
        "exec" | "cd" if command.args().is_empty() => Vec::new(),
        "read" if command.args().iter().all(shell::Arg::is_option) => {
            let options = option(command, "r").map(|_| unknown_option(name));
            options.into_iter().chain(one("SC3061", "`read` without a name", Reach::Busybox)).collect()
        }
        "printf" if has_format(command, "%q") => one("SC3050", "`%q` of `printf`", Reach::Bash),
        _ if COMMANDS.contains(&name) && allowed(name).is_none() => {
            one("SC3044", &format!("`{name}`"), Reach::Bash)
        }
        _ if has(&["--"]) => Vec::new(),
        _ => option(command, allowed(name).unwrap_or("")).map(|_| unknown_option(name)).into_iter().collect(),
    }
}

fn unknown_option(name: &str) -> Found {
    let reach = match name {
        "read" => Reach::Busybox,
        "ulimit" | "export" | "hash" => Reach::Most,
        _ => Reach::Bash,
    };
    Found("SC3045", format!("this option of `{name}`"), reach)
}

/// The options that POSIX has for a command; `None` for commands that it does not have.
fn allowed(name: &str) -> Option<&'static str> {
    Some(match name {
        "cd" => "LP",
        "read" | "hash" => "r",
        "export" | "readonly" => "p",
        "unset" => "fv",
        "jobs" => "lp",
        "umask" => "S",
        "ulimit" => "f",
        "exec" | "printf" | "set" | "trap" | "type" | "wait" => "",
        _ => return None,
    })
}

/// The first option with a letter that is not one of these.
fn option<'b>(command: &'b Invocation<'_>, allowed: &str) -> Option<&'b str> {
    let words = command.words().iter().skip(1).map(|arg| arg.text.as_ref());
    let options = words.take_while(|text| text.len() > 1 && text.starts_with('-') && *text != "--");
    options.into_iter().find(|text| !text[1..].chars().all(|letter| allowed.contains(letter)))
}

fn has_format(command: &Invocation<'_>, what: &str) -> bool {
    command.args().first().is_some_and(|format| format.text.contains(what))
}

/// The options of `set -o` that POSIX has.
const SETTINGS: &[&str] = &[
    "allexport",
    "errexit",
    "ignoreeof",
    "monitor",
    "noclobber",
    "noexec",
    "noglob",
    "nolog",
    "notify",
    "nounset",
    "verbose",
    "vi",
    "xtrace",
];

fn settings(command: &Invocation<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    let mut named = false;
    for arg in command.args() {
        let text = arg.text.as_ref();
        if std::mem::take(&mut named) && !arg.expands {
            if !SETTINGS.contains(&text) {
                let reach = if text == "pipefail" { Reach::Busybox } else { Reach::Bash };
                found.push(Found("SC3040", format!("`set -o {text}`"), reach));
            }
        } else if text == "--" || !text.starts_with(['-', '+']) {
            break;
        } else if text.starts_with("--") {
            found.push(Found("SC3042", format!("`set {text}`"), Reach::Bash));
        } else {
            named = text.contains('o');
            if text[1..].chars().any(|letter| !"abCefhmnouvx".contains(letter)) {
                found.push(Found("SC3041", format!("`set {text}`"), Reach::Bash));
            }
        }
    }
    found
}

fn signals(command: &Invocation<'_>) -> Vec<Found> {
    if option(command, "").is_some() {
        return vec![unknown_option("trap")];
    }
    let mut found = Vec::new();
    for arg in command.args().iter().skip(1) {
        let upper = arg.text.to_ascii_uppercase();
        let plain = !arg.expands && upper.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if matches!(upper.as_str(), "ERR" | "DEBUG" | "RETURN") {
            found.push(Found("SC3047", format!("the signal `{upper}` of `trap`"), Reach::Bash));
        }
        if upper.starts_with("SIG") {
            found.push(Found("SC3048", "`SIG` before names of signals".to_owned(), Reach::Busybox));
        }
        if plain && *arg.text != *upper {
            found.push(Found("SC3049", "names of signals in small letters".to_owned(), Reach::Busybox));
        }
    }
    found
}
