//! # glob-for-grep
//!
//! ## What it does
//! Finds `grep '*a'` and `grep 'name*'`.
//!
//! ## Why
//! `*` of a regular expression repeats what stands before it: at the begin there is nothing, and `name*` is the same as
//! `nam`. `.*` stands for any text.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN grep '*.conf' /etc/list
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN grep '[.]conf$' /etc/list
//! USER 1000
//! ```

use crate::model::RunCommand;
use crate::script::ScriptView;
use facts::Severity;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO982",
    name: "glob-for-grep",
    aliases: &["SC2063", "SC2022"],
    severity: Severity::Warning,
    summary: "grep is given what looks like a pattern for files",
    enabled: true,
    check: Check::ScriptCommand(&["grep"], check),
    source: include_str!("glob_for_grep.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let command = &item.command;
    let fixed = command.option("-F").is_some() || command.option("--fixed-strings").is_some();
    if fixed || command.wrappers().next().is_some() {
        return;
    }
    let pattern = match command.value(&["-e", "--regexp"]) {
        Some((_, arg)) => Some(arg),
        None => command.operands().next(),
    };
    let Some(arg) = pattern else { return };
    let text = arg.text.as_ref();
    let expands = arg.word.expansions().next().is_some();
    let found = if text.starts_with('*')
        || text.len() == 2 && text.ends_with('*') && text.as_bytes()[0].is_ascii_alphanumeric()
    {
        Some(("SC2063", "`*` repeats what stands before it"))
    } else {
        (!expands && is_glob(text)).then_some(("SC2022", "`*` repeats the letter before it"))
    };
    if let Some((alias, message)) = found {
        sink.report(view.place(arg.word.node()), message).help("`.*` stands for any text").aliases([alias]);
    }
}

/// Whether `*` stands behind letters, and nothing in it is special to regular expressions alone.
fn is_glob(text: &str) -> bool {
    let plain = !text.contains(['.', '^', '$', '\\', '[', ']', '+', '(', ')', '|', '{', '?']);
    let letters = |pair: &[u8]| pair[0].is_ascii_alphanumeric() && pair[1] == b'*';
    plain && text.as_bytes().windows(2).any(letters)
}
