//! # quotes-in-value
//!
//! ## What it does
//! Finds variables that are set to a text with quotes in it and used without quotes.
//!
//! ## Why
//! The shell looks for quotes before it expands variables: those in the value are handed on to the command as they are.
//! An array, or the arguments of `set --`, keep words apart.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN OPT="--name 'my app'"; tar $OPT -cf /a.tar /opt
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN set -- --name "my app"; tar "$@" -cf /a.tar /opt
//! USER 1000
//! ```

use facts::Severity;
use shell::{Assignment, Command, Kind, Node, Parameter, Role, Word};

use crate::script::ScriptView;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO978",
    name: "quotes-in-value",
    aliases: &["SC2089", "SC2090"],
    severity: Severity::Warning,
    summary: "quotes in the value of a variable are text",
    enabled: true,
    check: Check::Node(&[Kind::Parameter], check),
    source: include_str!("quotes_in_value.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let Some(parameter) =
        Parameter::cast(node).filter(|found| found.operator().is_none() && !found.is_length())
    else {
        return;
    };
    let Some(word) = node.parent().and_then(Word::cast) else { return };
    let command = word.node().parent().and_then(Command::cast).and_then(Command::name);
    if word.role() != Role::Argument || matches!(command.as_deref(), None | Some("eval" | "export" | "[[")) {
        return;
    }
    let set = view.values().last_set(parameter.name(), node.range().start);
    let Some(set) = set.and_then(Assignment::cast) else { return };
    if let Some(value) = set.value().filter(|value| has_quotes(*value)) {
        sink.report(view.place(value.node()), "these quotes are a part of the value").aliases(["SC2089"]);
        sink.report(view.place(node), "the quotes in the value are handed on as they are")
            .aliases(["SC2090"]);
    }
}

/// Whether quotes that look like quotes of the shell, or a backslash and a blank, are in the text.
fn has_quotes(value: Word<'_>) -> bool {
    value.pieces().any(|piece| {
        let text = piece.text();
        let single = text.match_indices('\'').any(|(at, _)| {
            let inner = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
            !inner(text.as_bytes().get(at.wrapping_sub(1))) || !inner(text.as_bytes().get(at + 1))
        });
        piece.is_quoted() && !piece.is_expansion() && (text.contains('"') || single || text.contains("\\ "))
    })
}
