//! # blank-behind-equals
//!
//! ## What it does
//! Finds `NAME= word`: a variable that is empty for one command alone, with a blank before the next word.
//!
//! ## Why
//! The word is run as a command. Where the variable is to be empty, `NAME=''` says so.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN MODE= dev
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN CDPATH='' ./configure
//! USER 1000
//! ```

use facts::Severity;
use shell::{Command, Kind, Node};

use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO947",
    name: "blank-behind-equals",
    aliases: &["SC1007"],
    severity: Severity::Info,
    summary: "a blank behind `=` makes an empty value",
    enabled: true,
    check: Check::Node(&[Kind::Simple], check),
    source: include_str!("blank_behind_equals.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let Some(command) = Command::cast(node) else { return };
    for assignment in command.assignments().filter(|found| {
        found.elements().is_none() && found.value().is_none_or(|value| value.raw().is_empty())
    }) {
        let own = assignment.name().is_some_and(|name| name.text() == "IFS");
        let next = assignment.node().siblings_behind().next();
        let word = next.is_some_and(|next| matches!(next.kind(), Kind::Word | Kind::Assignment));
        if word && !own {
            sink.report(view.place(assignment.node()), "the value is empty, as a blank stands behind `=`")
                .help("write `''` for an empty value");
        }
    }
}
