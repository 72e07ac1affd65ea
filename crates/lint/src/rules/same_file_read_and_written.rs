//! # same-file-read-and-written
//!
//! ## What it does
//! Finds `sort file > file`, `cat file | sed … > file`, and a file that a loop reads and its body reads again.
//!
//! ## Why
//! The shell empties the file before the command reads it. Write to another file and move it, or use `sed -i`.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN sort /etc/hosts > /etc/hosts
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN sort -o /etc/hosts /etc/hosts
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN printf 'first\n%s\n' "$(cat /etc/motd)" > /etc/motd
//! USER 1000
//! ```

use facts::Severity;
use shell::{Command, Kind, Node, Redirect};

use crate::script::ScriptView;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO973",
    name: "same-file-read-and-written",
    aliases: &["SC2094"],
    severity: Severity::Warning,
    summary: "a pipeline reads the file that it writes",
    enabled: true,
    check: Check::Node(&[Kind::Redirect], check),
    source: include_str!("same_file_read_and_written.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let Some(redirect) = Redirect::cast(node).filter(|redirect| redirect.writes()) else { return };
    let Some(target) = redirect.target().filter(|target| !target.raw().starts_with("/dev/")) else { return };
    let Some(pipeline) = node.enclosing(|kind| kind == Kind::Pipeline) else { return };
    let reads =
        pipeline.descendants().find(|other| is_read(*other, target.raw()) && !is_read_before(*other, node));
    if let Some(reads) = reads {
        let draft = sink.report(view.place(target.node()), "the file is emptied before it is read");
        draft.related(view.place(reads), "read here");
    }
}

/// Whether a substitution in the words of the command that has the redirection reads the file: words are expanded before
/// redirections are made.
fn is_read_before(read: Node<'_>, redirect: Node<'_>) -> bool {
    let owner = redirect.parent().filter(|parent| parent.kind() == Kind::Simple);
    let waits = |node: Node<'_>| matches!(node.kind(), Kind::CommandSubstitution | Kind::Backquote);
    owner.is_some_and(|owner| {
        read.ancestors().any(|node| node == owner)
            && read.ancestors().take_while(|node| *node != owner).any(waits)
    })
}

/// Whether a node is a word with this text that names a file to read.
fn is_read(node: Node<'_>, name: &str) -> bool {
    if node.kind() != Kind::Word || node.text() != name {
        return false;
    }
    let Some(parent) = node.parent() else { return false };
    match parent.kind() {
        Kind::Redirect => Redirect::cast(parent).is_some_and(Redirect::reads),
        Kind::Simple => {
            let command = Command::cast(parent).and_then(Command::name).unwrap_or_default();
            let first = parent.child(Kind::Word) == Some(node);
            !first
                && !matches!(command.as_ref(), "echo" | "printf" | "tee" | "test" | "sponge" | "gcc" | "cc")
        }
        _ => false,
    }
}
