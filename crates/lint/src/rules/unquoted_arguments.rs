//! # unquoted-arguments
//!
//! ## What it does
//! Finds `$@`, `$*` and `${name[@]}` without double quotes.
//!
//! ## Why
//! Arguments with blanks become several. `"$@"` hands them on as they are.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN run() { mkdir -p $@; }; run "/opt/a b"
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! RUN run() { mkdir -p "$@"; }; run "/opt/a b"
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN run() { mkdir -p "$@"; }; run "/opt/a b"
//! USER 1000
//! ```

use facts::{Safety, Severity};
use shell::{Kind, Node, Parameter, Role, Word};

use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO952",
    name: "unquoted-arguments",
    aliases: &["SC2068", "SC2048"],
    severity: Severity::Error,
    summary: "`$@` without quotes tears arguments apart",
    enabled: true,
    check: Check::Node(&[Kind::Parameter], check),
    source: include_str!("unquoted_arguments.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let Some(parameter) = Parameter::cast(node).filter(|found| found.is_list() && found.operator().is_none())
    else {
        return;
    };
    let Some(word) = node.parent().and_then(Word::cast) else { return };
    if !matches!(word.role(), Role::Name | Role::Argument | Role::Item | Role::Element) {
        return;
    }
    let all = parameter.name() == "*" || node.text().contains("[*]");
    let (alias, severity) = if all { ("SC2048", Severity::Warning) } else { ("SC2068", Severity::Error) };
    let draft = sink
        .report(view.place(node), format!("`{}` tears arguments apart at blanks", node.text()))
        .severity(severity)
        .aliases([alias]);
    if let Some(edits) = view.quote(word).filter(|_| !all) {
        draft.fix("put it in double quotes", Safety::Unsafe, edits);
    }
}
