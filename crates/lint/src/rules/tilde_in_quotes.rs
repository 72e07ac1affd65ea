//! # tilde-in-quotes
//!
//! ## What it does
//! Finds `"~/…"`, tildes in PATH, and `PATH=directory`.
//!
//! ## Why
//! The shell expands `~` only outside of quotes. What PATH is set to is all that programs are looked for in.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN mkdir "~/app"
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN mkdir "$HOME/app"
//! USER 1000
//! ```

use facts::Severity;
use shell::{Assignment, Command, Kind, Node};

use crate::script::ScriptView;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO979",
    name: "tilde-in-quotes",
    aliases: &["SC2088", "SC2147", "SC2123"],
    severity: Severity::Warning,
    summary: "a tilde in quotes, or a PATH that is replaced",
    enabled: true,
    check: Check::Node(&[Kind::DoubleQuoted, Kind::SingleQuoted, Kind::Assignment], check),
    source: include_str!("tilde_in_quotes.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    if let Some(assignment) = Assignment::cast(node) {
        return check_path(view, assignment, sink);
    }
    let first =
        node.parent().filter(|word| word.kind() == Kind::Word && word.range().start == node.range().start);
    let text = node.text();
    let begins = text.get(1..3) == Some("~/");
    let value = first.and_then(Node::parent).is_some_and(|parent| parent.kind() != Kind::Parameter);
    if begins && (value || node.parent().is_some_and(|parent| parent.kind() != Kind::Word)) && is_whole(node)
    {
        sink.report(view.place(node), "`~` is not expanded in quotes")
            .help("use `$HOME`")
            .aliases(["SC2088"]);
    }
}

/// Whether it is the begin of a word.
fn is_whole(node: Node<'_>) -> bool {
    node.previous().is_none() || node.parent().is_some_and(|parent| parent.kind() != Kind::Word)
}

fn check_path(view: &ScriptView<'_, '_>, assignment: Assignment<'_>, sink: &mut Sink<'_>) {
    let node = assignment.node();
    let alone = node.parent().and_then(Command::cast).is_some_and(|command| command.words().next().is_none());
    let Some(value) =
        assignment.value().filter(|_| alone && assignment.name().map(Node::text) == Some("PATH"))
    else {
        return;
    };
    let text = value.text();
    if value.is_quoted() && text.split(':').any(|part| part.starts_with("~/")) {
        sink.report(view.place(node), "`~` in PATH is not expanded by all that read it").aliases(["SC2147"]);
    }
    if value.expansions().next().is_none() && !text.contains(':') && !text.contains("/bin") {
        sink.report(view.place(node), "PATH is all that programs are looked for in").aliases(["SC2123"]);
    }
}
