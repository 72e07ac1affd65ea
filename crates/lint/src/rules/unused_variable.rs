//! # unused-variable
//!
//! ## What it does
//! Finds variables that a step sets and neither reads nor exports. Variables of loops, and texts that read another
//! script, are left alone.
//!
//! ## Why
//! Variables end with the step: what is not read in it is lost. Mostly the name is misspelt at one of the places,
//! or the value was meant for steps that follow, which need ENV.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN version=1.2 && touch /opt/tool
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN version=1.2 && touch "/opt/tool-$version"
//! USER 1000
//! ```

use std::collections::BTreeSet;

use facts::Severity;
use shell::{Access, Kind, VariableUse};

use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO961",
    name: "unused-variable",
    aliases: &["SC2034"],
    severity: Severity::Warning,
    summary: "a variable is set that nothing reads",
    enabled: true,
    check: Check::Script(check),
    source: include_str!("unused_variable.rs"),
};

fn check(view: &ScriptView<'_, '_>, sink: &mut Sink<'_>) {
    if view.script.outer.is_some() {
        return;
    }
    // What is read there can read variables.
    let known = view.reads_others().map_or(0, |(_, last)| last);
    let uses = view.values().uses();
    let mut seen: BTreeSet<&str> =
        uses.iter().filter(|found| is_read(found)).map(|found| found.name).collect();
    for found in uses.iter().rev().filter(|found| is_set(found) && found.range.start >= known) {
        let name = found.name;
        // What the shell itself reads, and what is in the environment and so is handed on.
        let special = SPECIAL.contains(&name) || name.starts_with('_');
        if !special && !view.is_declared(name) && seen.insert(name) {
            sink.report(view.place_of(found.range), format!("nothing reads the variable `{name}`"))
                .help("variables end with the step; ENV is for those that follow");
        }
    }
}

/// Variables that programs or the shell read: most of them can come from the base image and are handed on then.
const SPECIAL: &[&str] = &[
    "BASH_ENV",
    "CDPATH",
    "ENV",
    "HISTFILE",
    "HOME",
    "IFS",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "OLDPWD",
    "OPTARG",
    "OPTERR",
    "OPTIND",
    "PATH",
    "PROMPT_COMMAND",
    "PS1",
    "PS2",
    "PS4",
    "PWD",
    "REPLY",
    "SHELL",
    "SHELLOPTS",
    "TERM",
    "TMOUT",
    "TMPDIR",
    "TZ",
    "USER",
];

fn is_set(found: &VariableUse<'_>) -> bool {
    match found.access {
        Access::Assign => found.node.kind() != Kind::Parameter,
        Access::Change => {
            found.node.kind() == Kind::Assignment && found.node.child(Kind::Subscript).is_some()
        }
        Access::Fill => true,
        _ => false,
    }
}

fn is_read(found: &VariableUse<'_>) -> bool {
    let sets = matches!(found.access, Access::Assign | Access::Unset | Access::Fill | Access::Lend);
    !sets && !is_set(found) || found.node.kind() == Kind::Parameter
}
