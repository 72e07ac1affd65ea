//! # command-never-run
//!
//! ## What it does
//! Finds commands behind `exit`, `return` and `exec program` in the same list.
//!
//! ## Why
//! The shell ends there, or is replaced by the program.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN touch /a; exit 0; touch /b
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN touch /a; touch /b; exit 0
//! USER 1000
//! ```

use facts::Severity;
use shell::{Command, Kind, Node};

use crate::script::ScriptView;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO988",
    name: "command-never-run",
    aliases: &["SC2093", "SC2317"],
    severity: Severity::Info,
    summary: "a command stands where it is never run",
    enabled: true,
    check: Check::Node(&[Kind::Script, Kind::List], check),
    source: include_str!("command_never_run.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let chains: Vec<Node<'_>> = node.children_of(Kind::AndOr).collect();
    for (at, chain) in chains.iter().enumerate() {
        let Some(command) = only(*chain) else { continue };
        let next = chains.get(at + 1);
        let name = command.name().unwrap_or_default();
        match (name.as_ref(), next) {
            ("exit" | "return", _) => {
                let inner = behind_in_chain(*chain);
                if let Some(next) = inner.or(next.copied()) {
                    sink.report(view.place(next), format!("this is never run, as `{name}` stands before it"))
                        .aliases(["SC2317"]);
                }
                return;
            }
            ("exec", Some(next)) if command.words().nth(1).is_some() && !chain.text().contains("||") => {
                let ends = only(*next).and_then(Command::name);
                let message = chains.last().and_then(|last| only(*last)).and_then(Command::name);
                let expected =
                    [ends, message].iter().flatten().any(|name| matches!(name.as_ref(), "exit" | "echo"));
                if behind_in_chain(*chain).is_none() && !expected {
                    sink.report(
                        view.place(*chain),
                        "what follows is never run, as `exec` does not come back",
                    )
                    .severity(Severity::Warning)
                    .aliases(["SC2093"]);
                }
            }
            _ => {}
        }
    }
}

/// The command that a chain begins with, when it is run in this process.
fn only(chain: Node<'_>) -> Option<Command<'_>> {
    let first = chain.child(Kind::Pipeline)?;
    let behind = chain.siblings_behind().next().is_some_and(|next| next.text() == "&");
    let inner =
        (!first.is_subshell() && !behind).then(|| first.child(Kind::Simple).or_else(|| group(first)))?;
    inner.and_then(Command::cast)
}

/// The command in `{ …; }`.
fn group(pipeline: Node<'_>) -> Option<Node<'_>> {
    let list = pipeline.child(Kind::Group)?.child(Kind::List)?;
    let mut chains = list.children_of(Kind::AndOr);
    let (only, None) = (chains.next()?, chains.next()) else { return None };
    only.child(Kind::Pipeline)?.child(Kind::Simple)
}

fn behind_in_chain(chain: Node<'_>) -> Option<Node<'_>> {
    chain.children_of(Kind::Pipeline).nth(1)
}
