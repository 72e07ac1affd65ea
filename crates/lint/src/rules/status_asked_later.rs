//! # status-asked-later
//!
//! ## What it does
//! Finds `[ $? -eq 0 ]` and its like.
//!
//! ## Why
//! `if command` asks for the status at once; with `set -e` the comparison is never reached when the command fails.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN grep -q x /etc/passwd; if [ $? -ne 0 ]; then touch /none; fi
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN if ! grep -q x /etc/passwd; then touch /none; fi
//! USER 1000
//! ```

use facts::Severity;
use shell::{Kind, Node};

use crate::model::RunCommand;
use crate::rule::{Check, Rule};
use crate::script::{Asks, CONDITIONS, Condition, Form, ScriptView};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO953",
    name: "status-asked-later",
    aliases: &["SC2181"],
    severity: Severity::Style,
    summary: "`$?` is compared instead of asking for the command",
    enabled: true,
    check: Check::Each(&[
        Check::ScriptCommand(CONDITIONS, check),
        Check::Node(&[Kind::Test, Kind::ArithmeticCommand], check_node),
    ]),
    source: include_str!("status_asked_later.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    check_node(view, item.command.command().node(), sink);
}

fn check_node(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    if node.kind() == Kind::ArithmeticCommand {
        let inner = node.text().trim_start_matches('(').trim_end_matches(')');
        let words: Vec<&str> = inner.split_whitespace().collect();
        if matches!(words.as_slice(), ["$?"] | ["$?", "==" | "!=" | ">", "0"]) {
            report(view, node, true, sink);
        }
        return;
    }
    let found = Condition::of(node);
    let [only] = found.as_slice() else { return };
    let Asks::Binary(left, operator, right) = only.asks else { return };
    let (left, right) = (left.text(), right.text());
    let of_status = match operator {
        "-eq" | "-ne" | "=" | "==" | "!=" => left == "$?" && right == "0" || left == "0" && right == "$?",
        "-gt" => left == "$?" && right == "0",
        _ => false,
    };
    if of_status {
        report(view, only.node, only.form != Form::Test, sink);
    }
}

fn report(view: &ScriptView<'_, '_>, node: Node<'_>, known: bool, sink: &mut Sink<'_>) {
    sink.report(view.place(node), "`$?` is compared instead of asking for the command")
        .help("use `if command; then …`")
        .aliases(known.then_some("SC2181"));
}
