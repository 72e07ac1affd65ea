//! # order-of-redirections
//!
//! ## What it does
//! Finds `2>&1 > file`, two files for the same output or input of a command, and output to a file before a `|`.
//!
//! ## Why
//! `2>&1 > file` sends errors where the output went before. Of two files for one output only the last gets anything.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN make 2>&1 > /log
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN make > /log 2>&1
//! USER 1000
//! ```

use facts::Severity;
use shell::{Kind, Node, Pipeline, Redirect};

use crate::script::ScriptView;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO975",
    name: "order-of-redirections",
    aliases: &["SC2069", "SC2260", "SC2261", "SC2259"],
    severity: Severity::Warning,
    summary: "redirections that take from each other",
    enabled: true,
    check: Check::Node(&[Kind::Simple, Kind::Group, Kind::Subshell, Kind::If, Kind::While, Kind::For], check),
    source: include_str!("order_of_redirections.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let all: Vec<Redirect<'_>> = node.children().filter_map(Redirect::cast).collect();
    if all.is_empty() {
        return;
    }
    let pipeline = Pipeline::around(node);
    let output = pipeline.is_some_and(|pipeline| pipeline.behind(node).is_some());
    let input = pipeline.is_some_and(|pipeline| pipeline.before(node).is_some());
    if let Some(first) = errors_first(&all).filter(|_| !output) {
        sink.report(view.place(first.node()), "errors go where the output went before").aliases(["SC2069"]);
    }
    for (at, redirect) in all.iter().enumerate() {
        let Some(number) = descriptor(*redirect) else { continue };
        let errors = errors_first(&all).is_some();
        let again = all[at + 1..].iter().any(|other| descriptor(*other) == Some(number));
        if again {
            sink.report(view.place(redirect.node()), "another redirection takes the place of this one")
                .aliases(["SC2261"]);
        } else if number == 1 && output && !errors {
            sink.report(view.place(redirect.node()), "nothing comes out for the `|`").aliases(["SC2260"]);
        } else if number == 0 && input {
            sink.report(view.place(redirect.node()), "what comes through the `|` is not read")
                .aliases(["SC2259"]);
        }
    }
}

/// `2>&1` right before a redirection of the output.
fn errors_first<'a>(all: &[Redirect<'a>]) -> Option<Redirect<'a>> {
    let at = all.iter().position(|redirect| redirect.node().text() == "2>&1")?;
    let behind = &all[at + 1..];
    let output = behind.iter().any(|redirect| descriptor(*redirect) == Some(1));
    let again = behind.iter().any(|redirect| redirect.descriptor() == Some(2));
    (output && !again).then(|| all[at])
}

/// The descriptor whose file a redirection sets.
fn descriptor(redirect: Redirect<'_>) -> Option<u32> {
    match redirect.operator() {
        ">" | ">>" | ">|" => Some(redirect.descriptor().unwrap_or(1)),
        "&>" | "&>>" => Some(1),
        "<" | "<<" | "<<-" | "<<<" => Some(redirect.descriptor().unwrap_or(0)),
        _ => None,
    }
}
