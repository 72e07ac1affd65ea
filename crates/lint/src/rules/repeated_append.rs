//! # repeated-append
//!
//! ## What it does
//! Finds three or more commands one after the other that write to the same file with `>>`.
//!
//! ## Why
//! The file is opened for each of them. `{ …; …; } >> file` says it once, and so does a heredoc.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN echo a >> /a; echo b >> /a; echo c >> /a
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN { echo a; echo b; echo c; } >> /a
//! USER 1000
//! ```

use facts::Severity;
use shell::{Kind, Node, Redirect};

use crate::script::ScriptView;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO974",
    name: "repeated-append",
    aliases: &["SC2129"],
    severity: Severity::Style,
    summary: "several commands in a row append to one file",
    enabled: true,
    check: Check::Node(&[Kind::Script, Kind::List, Kind::Condition], check),
    source: include_str!("repeated_append.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let (mut first, mut name, mut count) = (None, "", 0);
    for chain in node.children_of(Kind::AndOr) {
        match appended(chain) {
            Some(redirect) if redirect.1 == name => count += 1,
            found => {
                report(view, first, count, sink);
                (first, name, count) =
                    found.map_or((None, "", 0), |(redirect, name)| (Some(redirect), name, 1));
            }
        }
    }
    report(view, first, count, sink);
}

fn report(view: &ScriptView<'_, '_>, first: Option<Node<'_>>, count: usize, sink: &mut Sink<'_>) {
    if let Some(first) = first.filter(|_| count > 2) {
        sink.report(view.place(first), format!("{count} commands in a row append to the same file"))
            .help("use `{ …; …; } >> file`");
    }
}

/// The redirection of a command alone, or of the last one of its pipeline, and the file.
fn appended(chain: Node<'_>) -> Option<(Node<'_>, &str)> {
    let mut pipelines = chain.children_of(Kind::Pipeline);
    let (only, None) = (pipelines.next()?, pipelines.next()) else { return None };
    let last = only.children().filter(|node| node.kind().is_command()).last()?;
    let redirect = last.children().filter_map(Redirect::cast).find(|redirect| redirect.operator() == ">>")?;
    let background = chain.siblings_behind().next().is_some_and(|next| next.text() == "&");
    (!background).then(|| redirect.target().map(|target| (redirect.node(), target.raw())))?
}
