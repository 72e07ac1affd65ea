//! # quotes-end-early
//!
//! ## What it does
//! Finds `"… "$name" …"` and `"…"word"…"`: the second quote ends the first.
//!
//! ## Why
//! What stands between them is outside of quotes. Where quotes are wanted in the text, they need a backslash.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! ARG NAME
//! RUN echo "name="$NAME" ok" > /name
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! ARG NAME
//! RUN echo "name=$NAME ok" > /name
//! USER 1000
//! ```

use facts::Severity;
use shell::{Kind, Node};

use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO940",
    name: "quotes-end-early",
    aliases: &["SC2027", "SC2140"],
    severity: Severity::Warning,
    summary: "double quotes within double quotes end them",
    enabled: true,
    check: Check::Node(&[Kind::Word], check),
    source: include_str!("quotes_end_early.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    if node.is_leaf() {
        return;
    }
    let parts: Vec<Node<'_>> = node.children().collect();
    for three in parts.windows(3) {
        let [first, middle, last] = three else { continue };
        if first.kind() != Kind::DoubleQuoted || last.kind() != Kind::DoubleQuoted || is_escaped(*first) {
            continue;
        }
        let alias = match middle.kind() {
            Kind::Parameter | Kind::CommandSubstitution | Kind::Backquote
                if is_text(*first) && is_text(*last) =>
            {
                "SC2027"
            }
            Kind::Literal if is_text(*first) && is_word(middle.text()) => "SC2140",
            _ => continue,
        };
        sink.report(view.place(*middle), "this is outside of the quotes, which end before it")
            .help("leave the quotes around it away, or put a backslash before those that belong to the text")
            .aliases([alias]);
        return;
    }
}

/// Whether someone knows that quotes need a backslash.
fn is_escaped(quoted: Node<'_>) -> bool {
    quoted.text().contains("\\\"")
}

/// Whether nothing is expanded in quotes.
fn is_text(quoted: Node<'_>) -> bool {
    quoted.children().all(|part| !part.kind().is_expansion())
}

fn is_word(text: &str) -> bool {
    !text.contains(['/', ':', ',']) && text != "="
}
