//! # tr-arguments
//!
//! ## What it does
//! Finds `tr` with brackets around ranges, with words, with `a-z` alone, and with brackets that are not quoted.
//!
//! ## Why
//! `tr` replaces characters, not words, and takes brackets for characters. The shell may put the name of a file in the
//! place of `[a-z]`. `[:lower:]` has letters with accents, too.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN tr [a-z] [A-Z] < /etc/hostname
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN tr '[:lower:]' '[:upper:]' < /etc/hostname
//! USER 1000
//! ```

use crate::model::RunCommand;
use crate::script::ScriptView;
use facts::Severity;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO980",
    name: "tr-arguments",
    aliases: &["SC2018", "SC2019", "SC2020", "SC2021", "SC2060"],
    severity: Severity::Info,
    summary: "the arguments of tr are sets of characters",
    enabled: true,
    check: Check::ScriptCommand(&["tr"], check),
    source: include_str!("tr_arguments.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    if item.command.wrappers().next().is_some() {
        return;
    }
    for arg in item.command.args() {
        let found = if arg.word.is_pattern() {
            Some(("SC2060", "names of files can take the place of this", Severity::Warning))
        } else {
            (!arg.expands && !arg.text.starts_with('-')).then(|| set(&arg.text)).flatten()
        };
        if let Some((alias, message, severity)) = found {
            sink.report(view.place(arg.word.node()), message).severity(severity).aliases([alias]);
        }
    }
}

fn set(text: &str) -> Option<(&'static str, &'static str, Severity)> {
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    Some(match text {
        "a-z" => ("SC2018", "`[:lower:]` has all small letters", Severity::Style),
        "A-Z" => ("SC2019", "`[:upper:]` has all capital letters", Severity::Style),
        _ if inner.is_some_and(|inner| !inner.is_empty() && !inner.starts_with([':', '='])) => {
            ("SC2021", "the brackets are characters of the set", Severity::Info)
        }
        _ if is_word(text) => ("SC2020", "`tr` replaces characters, and not words", Severity::Info),
        _ => return None,
    })
}

/// Whether a character is in it twice, as in a word.
fn is_word(text: &str) -> bool {
    let plain = !text.contains(['[', '-']);
    let escapes = text.contains('\\');
    let twice = |text: &str| text.char_indices().any(|(at, ch)| text[..at].contains(ch));
    let halves = || {
        (0..text.len() / 2)
            .any(|at| text.get(at * 2..at * 2 + 2).is_some_and(|pair| text[..at * 2].contains(pair)))
    };
    let other = text.contains(|ch: char| ch != '\\');
    plain && other && if escapes { halves() } else { twice(text) }
}
