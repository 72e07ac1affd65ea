//! # keyword-as-argument
//!
//! ## What it does
//! Finds `done`, `then`, `do`, `fi` and `esac` as arguments without quotes.
//!
//! ## Why
//! A `;` or a line end is missing before it. In quotes it is plain that a text is meant.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN echo installation done
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN echo "installation done"
//! USER 1000
//! ```

use facts::Severity;
use shell::{Kind, Node, Role, Word};

use crate::script::ScriptView;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO967",
    name: "keyword-as-argument",
    aliases: &["SC1010"],
    severity: Severity::Warning,
    summary: "a reserved word stands where it is an argument",
    enabled: true,
    check: Check::Node(&[Kind::Word], check),
    source: include_str!("keyword_as_argument.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    if !matches!(node.text(), "done" | "then" | "do" | "fi" | "esac") {
        return;
    }
    let role = Word::cast(node).map(Word::role);
    if matches!(role, Some(Role::Argument | Role::Item)) {
        sink.report(view.place(node), format!("`{}` is an argument here", node.text()))
            .help("put it in quotes, or a `;` before it")
            .severity(Severity::Style);
    }
}
