//! # unset-variable
//!
//! ## What it does
//! Finds variables with small letters in their names that neither the step, nor ARG or ENV before it sets. Names in
//! capitals are left alone, as the base image can have set them; so are texts that read another script, and
//! variables that are asked for with `${name:-…}` or `[ -n "$name" ]`.
//!
//! ## Why
//! The shell takes an unset variable for an empty text: mostly the name is misspelt, or the ARG stands in another
//! stage.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! ARG version=1
//! RUN touch "/opt/tool-$verison"
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! ARG version=1
//! RUN touch "/opt/tool-$version"
//! USER 1000
//! ```

use std::collections::BTreeSet;

use facts::Severity;
use shell::{Access, Kind, Node, Parameter, ParameterOperator, VariableUse};
use stage::closest;

use crate::rule::{Check, Rule};
use crate::script::{Condition, ScriptView};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO960",
    name: "unset-variable",
    aliases: &["SC2154"],
    severity: Severity::Warning,
    summary: "a variable is read that nothing sets",
    enabled: true,
    check: Check::Script(check),
    source: include_str!("unset_variable.rs"),
};

/// Variables that a build has without being told.
const PREDEFINED: &[&str] = &["all_proxy", "ftp_proxy", "http_proxy", "https_proxy", "no_proxy"];

fn check(view: &ScriptView<'_, '_>, sink: &mut Sink<'_>) {
    if view.script.outer.is_some() {
        return;
    }
    // What is read there can set variables.
    let known = view.reads_others().map_or(u32::MAX, |(first, _)| first);
    let uses = view.values().uses();
    let guarded: BTreeSet<&str> =
        uses.iter().filter(|found| is_guard(found)).map(|found| found.name).collect();
    let mut seen = BTreeSet::new();
    let read = |found: &&VariableUse<'_>| {
        let key = found.node.parent().is_some_and(|parent| parent.kind() == Kind::Subscript);
        found.access == Access::Read && found.range.start < known && !key
    };
    for found in uses.iter().filter(read) {
        let name = found.name;
        let small = name.contains(|ch: char| ch.is_ascii_lowercase()) && !PREDEFINED.contains(&name);
        if small && !guarded.contains(name) && !view.is_declared(name) && seen.insert(name) {
            report(view, found, sink);
        }
    }
}

/// Whether a use shows that the variable is set here or may be unset.
fn is_guard(found: &VariableUse<'_>) -> bool {
    match found.access {
        Access::Read => is_tested(found.node) || is_alternative(found.node),
        Access::Unset | Access::Lend => false,
        _ => true,
    }
}

/// Whether the value is asked to be there: `[ -n … ]` and its like.
fn is_tested(node: Node<'_>) -> bool {
    let Some(around) = node.enclosing(|kind| matches!(kind, Kind::Simple | Kind::Test)) else { return false };
    let range = node.range();
    let holds = |found: &Condition<'_>| {
        found.words().any(|word| word.range().start <= range.start && range.end <= word.range().end)
    };
    Condition::of(around).iter().any(|found| found.asks_for_empty() && holds(found))
}

/// Whether it is read only for `${other:-…}` or `${other:+…}`.
fn is_alternative(node: Node<'_>) -> bool {
    node.ancestors().filter_map(Parameter::cast).any(|around| around.operator().is_some_and(has_default))
}

const fn has_default(operator: ParameterOperator) -> bool {
    use ParameterOperator as Op;
    matches!(operator, Op::Default | Op::Alternative | Op::Assign | Op::Error)
}

fn report(view: &ScriptView<'_, '_>, found: &VariableUse<'_>, sink: &mut Sink<'_>) {
    let scope = &view.step.scope;
    let own = view.values().uses().iter().filter(|other| other.access.sets()).map(|other| other.name);
    let names = scope.env().keys().chain(scope.args().keys()).map(String::as_str).chain(own);
    let near = closest(found.name, names).map(|name| format!("did you mean `{name}`?"));
    let message = format!("nothing sets the variable `{}`", found.name);
    sink.report(view.place_of(found.range), message).help(
        near.unwrap_or_else(|| "declare it with ARG or ENV in this stage, or set it in the step".to_owned()),
    );
}
