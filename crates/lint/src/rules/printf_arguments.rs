//! # printf-arguments
//!
//! ## What it does
//! Finds `printf` with arguments for a format that has none, and with a number of arguments that does not fit.
//!
//! ## Why
//! Arguments that are left over are not printed, or the format is used again with what is missing empty.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN printf '%s %s\n' a
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN printf '%s %s\n' a b
//! USER 1000
//! ```

use crate::model::RunCommand;
use crate::script::ScriptView;
use facts::Severity;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO981",
    name: "printf-arguments",
    aliases: &["SC2182", "SC2183"],
    severity: Severity::Warning,
    summary: "printf has more or fewer arguments than its format has places",
    enabled: true,
    check: Check::ScriptCommand(&["printf"], check),
    source: include_str!("printf_arguments.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let mut args = item.command.args();
    if let [option, _, rest @ ..] = args
        && option.text == "-v"
    {
        args = rest;
    }
    let Some((format, args)) = args.split_first() else { return };
    let several = |arg: &shell::Arg<'_>| {
        arg.word.is_pattern()
            || arg.word.unquoted_expansions().next().is_some()
            || arg
                .word
                .pieces()
                .any(|piece| piece.node.kind() == shell::Kind::Brace || piece.node.text().contains('@'))
    };
    if format.expands || format.text.starts_with('-') || args.iter().any(several) {
        return;
    }
    let Some(places) = places(&format.text) else { return };
    let alias = match (places, args.len()) {
        (0, count) if count > 0 => "SC2182",
        (places, count) if places > 0 && (count == 0 || count % places != 0) => "SC2183",
        _ => return,
    };
    sink.report(view.place(format.word.node()), format!("{} arguments for {places} places", args.len()))
        .aliases([alias]);
}

/// How many arguments a format takes; `None` when it is not known.
fn places(format: &str) -> Option<usize> {
    let (mut count, mut rest) = (0, format);
    while let Some(at) = rest.find('%') {
        rest = &rest[at + 1..];
        if let Some(behind) = rest.strip_prefix('%') {
            rest = behind;
            continue;
        }
        let flags = rest.find(|ch: char| !"#0- +'.*123456789".contains(ch)).unwrap_or(rest.len());
        if rest[flags..].starts_with('(') {
            return None;
        }
        count += 1 + rest[..flags].matches('*').count();
        rest = &rest[flags..];
    }
    Some(count)
}
