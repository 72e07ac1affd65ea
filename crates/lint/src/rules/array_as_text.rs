//! # array-as-text
//!
//! ## What it does
//! Finds arrays without `[@]`, arrays that are set to a text, commas between elements, and `$@` and `${name[@]}` in
//! assignments, in conditions, beside other text and behind `eval`.
//!
//! ## Why
//! `$name` of an array is its first element. `"a $@"` makes several words, and `x=$@` one: `"$*"` says so.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! SHELL ["/bin/bash", "-c"]
//! RUN files=(/etc/hosts /etc/passwd); cat "$files"
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! SHELL ["/bin/bash", "-c"]
//! RUN files=(/etc/hosts /etc/passwd); cat "${files[@]}"
//! USER 1000
//! ```

use std::collections::BTreeSet;

use facts::Severity;
use shell::{Access, Assignment, Command, Kind, Node, Parameter, Role, VariableUse, Word};

use crate::script::{Asks, Condition, ScriptView};

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO993",
    name: "array-as-text",
    aliases: &["SC2054", "SC2124", "SC2128", "SC2145", "SC2178", "SC2179", "SC2198", "SC2199", "SC2294"],
    severity: Severity::Warning,
    summary: "an array, or all arguments, are used as one text",
    enabled: true,
    check: Check::Each(&[
        Check::Script(check),
        Check::Node(&[Kind::Parameter], check_list),
        Check::Node(&[Kind::Array], check_commas),
    ]),
    source: include_str!("array_as_text.rs"),
};

fn check(view: &ScriptView<'_, '_>, sink: &mut Sink<'_>) {
    let uses = view.values().uses();
    let mut arrays: BTreeSet<&str> = OF_BASH.iter().copied().collect();
    for found in uses {
        let name = found.name;
        let array = arrays.contains(name);
        if makes_array(found) {
            arrays.insert(name);
        }
        if !array {
            continue;
        }
        if let Some(parameter) = Parameter::cast(found.node).filter(|_| found.access == Access::Read) {
            let whole =
                parameter.subscript().is_none() && !parameter.is_length() && parameter.operator().is_none();
            if whole && found.node.enclosing(|kind| kind == Kind::Expression).is_none() {
                sink.report(
                    view.place(found.node),
                    format!("`{name}` is an array, and this its first element"),
                )
                .help(format!("use `${{{name}[@]}}`"))
                .aliases(["SC2128"]);
            }
        } else if let Some(assignment) = Assignment::cast(found.node) {
            let whole =
                assignment.subscript().is_none() && assignment.elements().is_none() && found.access.sets();
            let alias = if assignment.is_append() { "SC2179" } else { "SC2178" };
            if whole {
                sink.report(
                    view.place(found.node),
                    format!("`{name}` is an array, and this sets its first element"),
                )
                .aliases([alias]);
            }
        }
    }
}

/// Arrays that bash sets.
const OF_BASH: &[&str] = &[
    "BASH_ARGC",
    "BASH_ARGV",
    "BASH_LINENO",
    "BASH_REMATCH",
    "BASH_SOURCE",
    "BASH_VERSINFO",
    "COMPREPLY",
    "COMP_WORDS",
    "COPROC",
    "DIRSTACK",
    "FUNCNAME",
    "GROUPS",
    "MAPFILE",
    "PIPESTATUS",
];

/// Whether a variable is an array behind this.
fn makes_array(found: &VariableUse<'_>) -> bool {
    let command = found.node.parent().and_then(Command::cast);
    let with = |letters: [char; 2]| {
        let option = command.and_then(|command| command.words().nth(1));
        option.is_some_and(|option| option.raw().starts_with('-') && option.raw().contains(letters))
    };
    match command.and_then(Command::name).as_deref() {
        Some("declare" | "typeset" | "local") if with(['a', 'A']) => true,
        Some("mapfile" | "readarray") => true,
        Some("read") if found.access == Access::Fill => {
            let flag = found.node.siblings_before().find(|node| node.kind() == Kind::Word);
            flag.is_some_and(|flag| flag.text().starts_with('-') && flag.text().ends_with('a'))
        }
        _ => Assignment::cast(found.node)
            .is_some_and(|set| set.elements().is_some() || set.subscript().is_some()),
    }
}

/// `$@` and `${name[@]}`.
fn check_list(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let Some(parameter) = Parameter::cast(node).filter(|found| found.is_list() && found.operator().is_none())
    else {
        return;
    };
    let Some(word) = node
        .ancestors()
        .find_map(Word::cast)
        .filter(|_| node.text().contains('@') && !parameter.is_indirect())
    else {
        return;
    };
    let around = word.node().parent();
    let command = around.and_then(Command::cast).and_then(Command::name);
    let name = command.as_deref().unwrap_or("");
    let alone = word.pieces().nth(1).is_none();
    let found = match word.role() {
        Role::Value => Some(("SC2124", "a list becomes one text here")),
        Role::Operand => Some(("SC2199", "a list is one text here")),
        _ if name == "[" && around.is_some_and(|command| is_asked(command, word)) => {
            Some(("SC2198", "`[` takes one word, and this is a list"))
        }
        Role::Argument if name == "eval" && alone => Some(("SC2294", "`eval` makes one text of the list")),
        Role::Argument | Role::Item if !alone && word.is_quoted() => {
            Some(("SC2145", "text and a list in one word make several words"))
        }
        _ => None,
    };
    if let Some((alias, message)) = found {
        sink.report(view.place(node), message)
            .help("`*` in the place of `@` makes one text")
            .aliases([alias]);
    }
}

/// Whether a word is compared, or asked for with an operator.
fn is_asked(command: Node<'_>, word: Word<'_>) -> bool {
    let found = Condition::of(command);
    found.iter().any(|found| !matches!(found.asks, Asks::Word(_)) && found.words().any(|other| other == word))
}

/// `(a, b)`
fn check_commas(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let comma = |word: &Word<'_>| {
        !word.is_quoted()
            && word.literal().is_some_and(|text| text.contains(','))
            && word.assignment().is_none()
    };
    if let Some(word) = node.children().filter_map(Word::cast).find(comma) {
        sink.report(view.place(word.node()), "elements are separated by blanks, not by `,`")
            .aliases(["SC2054"]);
    }
}
