//! # unquoted-build-variable
//!
//! ## What it does
//! Finds `$NAME` of an ARG or ENV without double quotes where the shell splits the value at blanks and puts names of
//! files in place of `*`, `?` and `[`. Off by default.
//!
//! ## Why
//! What a build argument is given can have blanks, or be empty. The rule is off as most values are single words, and as
//! some are meant to be several.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! ARG TARGET
//! RUN mkdir -p $TARGET/bin
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! ARG TARGET
//! RUN mkdir -p "$TARGET/bin"
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! ARG TARGET
//! RUN TARGET=/opt; mkdir -p $TARGET/bin
//! USER 1000
//! ```

use facts::{Safety, Severity};
use shell::{Kind, Node, Parameter, ParameterOperator, Word};
use stage::Lookup;

use crate::rule::{Check, Rule};
use crate::rules::unquoted_variable::splits;
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO915",
    name: "unquoted-build-variable",
    aliases: &["SC2086"],
    severity: Severity::Info,
    summary: "a variable of ARG or ENV is split into words, as it is not in double quotes",
    enabled: false,
    check: Check::Node(&[Kind::Word], check),
    source: include_str!("unquoted_build_variable.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let Some(word) = Word::cast(node).filter(|word| !node.is_leaf() && splits(view, *word)) else { return };
    for piece in word.unquoted_expansions() {
        let Some(parameter) = Parameter::cast(piece.node).filter(|found| is_of_build(view, *found)) else {
            continue;
        };
        let plain = is_plain(view, parameter);
        let message = format!("`{}` is split at blanks, as it is not in double quotes", piece.node.text());
        let draft = sink.report(view.place(piece.node), message);
        let draft = if plain { draft.severity(Severity::Style) } else { draft };
        if let Some(edits) = view.quote(word) {
            let safety = if plain { Safety::Safe } else { Safety::Unsafe };
            draft.fix(format!("put `{}` in double quotes", word.raw()), safety, edits);
        }
    }
}

fn is_of_build(view: &ScriptView<'_, '_>, parameter: Parameter<'_>) -> bool {
    let own = parameter.operator() != Some(ParameterOperator::Alternative) && !parameter.is_length();
    own && view.is_declared(parameter.name()) && !view.values().is_set(parameter.name())
}

/// Whether the value is that of an ENV, a plain word that quotes do not change.
fn is_plain(view: &ScriptView<'_, '_>, parameter: Parameter<'_>) -> bool {
    let scope = &view.step.scope;
    let known = match scope.get(parameter.name()) {
        Lookup::Known(value) => !value.is_empty() && !value.contains([' ', '\t', '\n', '*', '?', '[', '\\']),
        _ => false,
    };
    known && scope.env().contains_key(parameter.name()) && parameter.operator().is_none()
}
