//! # lent-variable
//!
//! ## What it does
//! Finds `A=1 command $A` and `A=1 B=$A command`.
//!
//! ## Why
//! The shell expands the arguments before it sets the variable, which is for the command alone.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN DIR=/opt ls "$DIR"
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN DIR=/opt; ls "$DIR"
//! USER 1000
//! ```

use facts::Severity;
use shell::{Command, Kind, Node, Parameter};

use crate::script::ScriptView;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO977",
    name: "lent-variable",
    aliases: &["SC2097", "SC2098"],
    severity: Severity::Warning,
    summary: "a variable is set for a command and read in its arguments",
    enabled: true,
    check: Check::Node(&[Kind::Simple], check),
    source: include_str!("lent_variable.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let Some(command) = Command::cast(node).filter(|command| command.words().next().is_some()) else {
        return;
    };
    for (at, set) in command.assignments().enumerate() {
        let Some(name) = set.name() else { continue };
        let alone = command.assignments().nth(1).is_none();
        let words = command.words().map(shell::Word::node);
        let others = command.assignments().enumerate().filter(|(other, _)| *other != at || !alone);
        let places = words.chain(others.map(|(_, other)| other.node()));
        let read = places
            .flat_map(Node::descendants)
            .find(|inner| Parameter::cast(*inner).is_some_and(|parameter| parameter.name() == name.text()));
        let around = |read: &Node<'_>| {
            let same = set.node().range();
            same.start <= read.range().start && read.range().end <= same.end
        };
        if let Some(read) = read.filter(|read| {
            !around(read)
                || command
                    .assignments()
                    .filter(|other| other.name().map(Node::text) == Some(name.text()))
                    .count()
                    > 1
        }) {
            sink.report(view.place(name), format!("`{}` is set for the command alone", name.text()))
                .aliases(["SC2097"]);
            sink.report(view.place(read), "this is expanded before the variable is set").aliases(["SC2098"]);
        }
    }
}
