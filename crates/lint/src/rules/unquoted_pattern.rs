//! # unquoted-pattern
//!
//! ## What it does
//! Finds patterns of `find -name` and of `grep` that are not in quotes.
//!
//! ## Why
//! When files in the working directory match, the shell puts their names in place of the pattern.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN find /opt -name *.pyc -delete
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! RUN find /opt -name '*.pyc' -delete
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN find /opt -name '*.pyc' -delete
//! USER 1000
//! ```

use facts::{Safety, Severity};
use shell::{Arg, Kind};

use crate::model::RunCommand;
use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO937",
    name: "unquoted-pattern",
    aliases: &["SC2061", "SC2062"],
    severity: Severity::Warning,
    summary: "the shell can replace a pattern that is meant for find or grep",
    enabled: true,
    check: Check::ScriptCommand(&["find", "grep"], check),
    source: include_str!("unquoted_pattern.rs"),
};

const PATTERNS: &[&str] = &[
    "-ilname",
    "-iname",
    "-ipath",
    "-iregex",
    "-iwholename",
    "-lname",
    "-name",
    "-path",
    "-regex",
    "-wholename",
];

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let command = &item.command;
    if command.wrappers().next().is_some() {
        return;
    }
    if command.name() == "grep" {
        let pattern =
            command.value(&["-e", "--regexp"]).map(|(_, arg)| arg).or_else(|| command.operands().next());
        let file = command.option("-f").is_some() || command.option("--file").is_some();
        pattern
            .filter(|arg| is_glob(arg) && !file)
            .into_iter()
            .for_each(|arg| report(view, arg, "SC2062", sink));
        return;
    }
    for pair in command
        .args()
        .windows(2)
        .filter(|pair| PATTERNS.contains(&pair[0].text.as_ref()) && is_glob(&pair[1]))
    {
        report(view, &pair[1], "SC2061", sink);
    }
}

fn is_glob(arg: &Arg<'_>) -> bool {
    arg.expands && arg.word.is_pattern()
}

fn report(view: &ScriptView<'_, '_>, arg: &Arg<'_>, alias: &'static str, sink: &mut Sink<'_>) {
    let raw = arg.word.raw();
    let draft = sink
        .report(view.place(arg.word.node()), format!("the shell can put names of files in place of `{raw}`"))
        .aliases([alias]);
    let plain = arg.word.pieces().all(|piece| matches!(piece.node.kind(), Kind::Glob | Kind::Literal));
    if let Some(edit) = view.edit(arg.range(), format!("'{raw}'")).filter(|_| plain) {
        draft.fix("put it in quotes", Safety::Unsafe, vec![edit]);
    }
}
