//! # unquoted-variable
//!
//! ## What it does
//! Finds `$name` without double quotes where the shell splits the value at blanks and puts names of files in place of
//! `*`, `?` and `[`. A variable that the same text sets to a single plain word is left alone, and those of ENV and
//! ARG are: `unquoted-build-variable` is about them.
//!
//! ## Why
//! A value with a blank becomes several arguments, an empty one none at all, and `*` becomes whatever lies around.
//! Where a list of words is meant, an array of bash or `xargs` says so.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN target=$(cat /etc/target); mkdir -p $target/bin
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! RUN target=$(cat /etc/target); mkdir -p "$target/bin"
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! ARG TARGET
//! RUN mode=755; mkdir -m $mode -p "$TARGET/bin"
//! USER 1000
//! ```

use facts::{Safety, Severity};
use shell::{Kind, Node, Parameter, ParameterOperator, Piece, Role, Word};

use crate::rule::{Check, Rule};
use crate::script::{Content, ScriptView, is_number};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO901",
    name: "unquoted-variable",
    aliases: &["SC2086", "SC2206", "SC2223"],
    severity: Severity::Info,
    summary: "a variable is split into words, as it is not in double quotes",
    enabled: true,
    check: Check::Node(&[Kind::Word], check),
    source: include_str!("unquoted_variable.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let Some(word) = Word::cast(node).filter(|word| !node.is_leaf() && splits(view, *word)) else {
        return;
    };
    for piece in word.unquoted_expansions() {
        let Some(parameter) = Parameter::cast(piece.node).filter(|found| can_split(view, *found)) else {
            continue;
        };
        report(view, word, piece, parameter, sink);
    }
}

/// Whether values are split in a word: as an argument or the target of a redirection, but not as a whole command,
/// which may well have its options in the same variable.
pub(super) fn splits(view: &ScriptView<'_, '_>, word: Word<'_>) -> bool {
    match word.role() {
        Role::Argument if is_command(word) => false,
        Role::Argument => word.assignment().is_none() || !view.is_bash(),
        Role::Target | Role::Element => true,
        Role::Name => word.pieces().nth(1).is_some() && !is_assignment(word),
        _ => false,
    }
}

/// Whether an argument is a command, or a text that is not split: behind `exec` and its like, and behind `let`.
fn is_command(word: Word<'_>) -> bool {
    let command = word.node().parent().and_then(shell::Command::cast);
    let first = command.and_then(|command| command.words().nth(1)) == Some(word);
    match command.and_then(shell::Command::name).as_deref() {
        Some("exec" | "time" | "command" | "builtin") => first,
        Some("let") => true,
        _ => false,
    }
}

/// Whether a command begins like an assignment to a name that is expanded: `$name=value`.
fn is_assignment(word: Word<'_>) -> bool {
    word.pieces().nth(1).is_some_and(|piece| piece.text().starts_with('='))
}

fn can_split(view: &ScriptView<'_, '_>, parameter: Parameter<'_>) -> bool {
    let own = parameter.operator() != Some(ParameterOperator::Alternative);
    own && !is_number(parameter)
        && (!parameter.is_list() || parameter.node().text().contains('*'))
        && view.values().content(parameter.name(), parameter.node()) != Content::Word
}

fn report(
    view: &ScriptView<'_, '_>,
    word: Word<'_>,
    piece: Piece<'_>,
    parameter: Parameter<'_>,
    sink: &mut Sink<'_>,
) {
    let message = format!("`{}` is split at blanks, as it is not in double quotes", piece.node.text());
    let draft = sink.report(view.place(piece.node), message).aliases(alias(word, parameter));
    if let Some(edits) = view.quote(word) {
        draft.fix(format!("put `{}` in double quotes", word.raw()), Safety::Unsafe, edits);
    }
}

/// What `ShellCheck` calls it here.
fn alias(word: Word<'_>, parameter: Parameter<'_>) -> Option<&'static str> {
    let command = word.node().parent().and_then(shell::Command::cast);
    let name = command.and_then(shell::Command::name);
    match name.as_deref() {
        _ if word.role() == Role::Element => Some("SC2206"),
        Some(":") if parameter.operator() == Some(ParameterOperator::Assign) => Some("SC2223"),
        Some("run") => None,
        _ => Some("SC2086"),
    }
}
