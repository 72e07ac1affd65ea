//! # find-xargs
//!
//! ## What it does
//! Finds `find … | xargs …` without `-print0` and `-0`.
//!
//! ## Why
//! xargs takes blanks and quotes in a name as ends of names, so that a command gets names of files that are not
//! there, or of others that are.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN find /opt -name '*.pyc' | xargs rm -f
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN find /opt -name '*.pyc' -exec rm -f {} +
//! USER 1000
//! ```

use facts::Severity;
use shell::{Command, Invocation};

use crate::model::RunCommand;
use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO908",
    name: "find-xargs",
    aliases: &["SC2038"],
    severity: Severity::Warning,
    summary: "names of files with blanks are torn apart between find and xargs",
    enabled: true,
    check: Check::ScriptCommand(&["find"], check),
    source: include_str!("find_xargs.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let command = &item.command;
    let Some(next) = command.command().output().and_then(Command::cast) else { return };
    let words: Vec<_> = next.words().map(shell::Word::text).collect();
    if words.first().is_none_or(|name| name != "xargs") || words.iter().any(|word| separates(word)) {
        return;
    }
    let zero = |word: &str| {
        word.starts_with("-print0") || word.starts_with("-printf") || word.starts_with("-fprint0")
    };
    if command.args().iter().any(|arg| zero(&arg.text)) || command.wrappers().next().is_some() {
        return;
    }
    let range =
        view.place(command.command().node()).cover(view.place(Invocation::new(next).command().node()));
    sink.report(range, "a name with a blank is torn apart between `find` and `xargs`")
        .help("use `-print0` with `xargs -0`, or `-exec … {} +`");
}

/// Whether an option of xargs is that names end with a zero byte, or one that says what they end with.
fn separates(word: &str) -> bool {
    word == "--null" || word.starts_with('-') && !word.starts_with("--") && word.contains('0')
}
