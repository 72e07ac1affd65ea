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
use shell::{Access, Command, Kind, Node, VariableUse};
use stage::closest;

use crate::rule::{Check, Rule};
use crate::script::ScriptView;
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
    if view.script.outer.is_some() || view.reads_others() {
        return;
    }
    let uses = view.values().uses();
    let guarded: BTreeSet<&str> =
        uses.iter().filter(|found| is_guard(found)).map(|found| found.name).collect();
    let mut seen = BTreeSet::new();
    for found in uses.iter().filter(|found| found.access == Access::Read) {
        let name = found.name;
        let small = name.contains(|ch: char| ch.is_ascii_lowercase()) && !PREDEFINED.contains(&name);
        if small && !guarded.contains(name) && !is_declared(view, name) && seen.insert(name) {
            report(view, found, sink);
        }
    }
}

fn is_declared(view: &ScriptView<'_, '_>, name: &str) -> bool {
    view.step.scope.env().contains_key(name) || view.step.scope.args().contains_key(name)
}

/// Whether a use shows that the variable is set here or may be unset.
fn is_guard(found: &VariableUse<'_>) -> bool {
    match found.access {
        Access::Read => is_tested(found.node),
        Access::Unset => false,
        _ => true,
    }
}

/// Whether the value is an operand of `[ -n … ]` or its like.
fn is_tested(node: Node<'_>) -> bool {
    let Some(around) = node.enclosing(|kind| matches!(kind, Kind::Simple | Kind::Test)) else { return false };
    let asks = |text: &str| matches!(text, "-n" | "-z" | "-v");
    match Command::cast(around) {
        Some(command) => {
            let mut words = command.words();
            words.next().is_some_and(|word| matches!(word.raw(), "[" | "test"))
                && words.any(|word| asks(word.raw()))
        }
        None => around.children().any(|child| asks(child.text())),
    }
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
