//! # and-or-as-if
//!
//! ## What it does
//! Finds `a && b || c`, where `b` can fail and `c` is more than `true`, `exit` or a message.
//!
//! ## Why
//! It looks like if, then, else, but `c` is run whenever `b` fails, and the step succeeds when `c` does.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN [ -e /etc/debian_version ] && rm /etc/motd || touch /other
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN if [ -e /etc/debian_version ]; then rm /etc/motd; else touch /other; fi
//! USER 1000
//! ```

use facts::Severity;
use shell::{AndOr, Command, Kind, Link, Node, Pipeline};

use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO936",
    name: "and-or-as-if",
    aliases: &["SC2015"],
    severity: Severity::Info,
    summary: "`a && b || c` runs c when b fails, too",
    enabled: true,
    check: Check::Node(&[Kind::AndOr], check),
    source: include_str!("and_or_as_if.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let Some(chain) = AndOr::cast(node) else { return };
    let all: Vec<Pipeline<'_>> = chain.pipelines().collect();
    let [.., first, middle, last] = all.as_slice() else { return };
    let shape = middle.link() == Link::And && last.link() == Link::Or;
    let only = all.iter().filter(|pipeline| pipeline.link() == Link::Or).count() == 1;
    if !shape || !only || tests(*middle) || harmless(*last) {
        return;
    }
    // An assignment on both sides cannot fail.
    if is_assignment(*middle) && is_assignment(*last) {
        return;
    }
    let between = kit::TextRange::new(first.range().end, middle.range().start);
    let place = view.place_of(between);
    let operator = middle.node().siblings_before().find(|sibling| sibling.kind() == Kind::Operator);
    sink.report(
        operator.map_or(place, |found| view.place(found)),
        "what stands behind `||` is run when what is before it fails, too",
    )
    .help("use `if …; then …; else …; fi`");
}

/// Whether a pipeline is a condition.
fn tests(pipeline: Pipeline<'_>) -> bool {
    pipeline.commands().any(|command| {
        command.kind() == Kind::Conditional
            || Command::cast(command)
                .and_then(Command::name)
                .is_some_and(|name| matches!(name.as_ref(), "[" | "test"))
    })
}

/// Whether it does nothing, ends the text, or only says something.
fn harmless(pipeline: Pipeline<'_>) -> bool {
    let name = pipeline.commands().next().and_then(Command::cast).and_then(Command::name);
    name.is_some_and(|name| {
        matches!(
            name.as_ref(),
            ":" | "true" | "false" | "exit" | "return" | "echo" | "printf" | "continue" | "break"
        )
    })
}

fn is_assignment(pipeline: Pipeline<'_>) -> bool {
    let command = pipeline.commands().next().and_then(Command::cast);
    command.is_some_and(|command| command.words().next().is_none() && command.assignments().next().is_some())
}
