//! # undefined-variable
//!
//! ## What it does
//! Finds variables in instructions that neither the stage nor its base image defines, as far as that is known.
//!
//! ## Why
//! They are empty. Most are misspelt, or declared before the first `FROM` or in another stage only.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! ARG VERSION=1
//! LABEL version=$VERSOIN
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! ARG VERSION=1
//! LABEL version=$VERSION
//! USER 1000
//! ```

use facts::Severity;
use syntax::{ArgDecl, Spanned, Statement, Variable, variables};

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use crate::variables::{base_variables, is_predefined, near_name, suggested};

pub(crate) static RULE: Rule = Rule {
    code: "CO811",
    name: "undefined-variable",
    aliases: &["UndefinedVar", "S6579"],
    severity: Severity::Warning,
    summary: "an instruction uses a variable that is not defined",
    enabled: true,
    check: Check::File(check),
    source: include_str!("undefined_variable.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for step in context.steps() {
        for word in words(step) {
            let mut seen: Vec<String> = Vec::new();
            for variable in variables(&word.value, context.parse.escape()) {
                if seen.contains(&variable.name) || is_argument_before(step, word, &variable.name) {
                    continue;
                }
                if let Undefined::Sure(meant) = undefined(context, step, &variable) {
                    let hint = meant.map(|name| format!(" (did you mean `${name}`?)")).unwrap_or_default();
                    let draft = sink
                        .report(word.range, format!("the variable `${}` is not defined{hint}", variable.name))
                        .buildkit(context.parse, step.instruction, detail(context, step, &variable.name));
                    if context.graph.global_args.iter().any(|arg| arg.name.value == variable.name) {
                        draft.help(format!(
                            "repeat `ARG {}` in the stage, which makes its value known there",
                            variable.name
                        ));
                    }
                    seen.push(variable.name);
                }
            }
        }
    }
}

/// Whether an ARG declares a variable before the word of it that uses it.
fn is_argument_before(step: &Step<'_>, word: &Spanned<String>, name: &str) -> bool {
    let Some(Statement::Arg(args)) = step.statement else { return false };
    let before = |arg: &&ArgDecl| arg.value.as_ref().unwrap_or(&arg.key).range.end < word.range.start;
    args.iter().filter(before).any(|arg| arg.key.value == name)
}

/// What `BuildKit` says of it.
fn detail(context: &Context<'_>, step: &Step<'_>, name: &str) -> String {
    let base = base_variables(context, step.stage).unwrap_or_default();
    let set = step.scope.args().iter().filter(|(_, variable)| variable.value.is_some());
    let set = step.scope.env().iter().chain(set).map(|(name, _)| name.as_str());
    let hint = suggested(name, set.chain(base.iter().map(String::as_str)).chain(["PATH"]))
        .map(|meant| format!(" (did you mean ${meant}?)"))
        .unwrap_or_default();
    format!("Usage of undefined variable '${name}'{hint}")
}

/// The words of an instruction in which variables are replaced.
fn words<'a>(step: &Step<'a>) -> Vec<&'a Spanned<String>> {
    match step.statement {
        Some(Statement::Arg(args)) => args.iter().filter_map(|arg| arg.value.as_ref()).collect(),
        Some(Statement::Env(pairs) | Statement::Label(pairs)) => {
            pairs.pairs.iter().flat_map(|(key, value)| [key, value]).collect()
        }
        Some(Statement::Copy(copy) | Statement::Add(copy)) => {
            let flags = [&copy.chown, &copy.chmod, &copy.checksum].into_iter().flatten();
            let files = copy.heredocs.iter().filter(|file| file.expand).map(|file| &file.body);
            copy.sources.iter().chain([&copy.dest]).chain(flags).chain(&copy.exclude).chain(files).collect()
        }
        Some(Statement::Workdir(word) | Statement::User(word) | Statement::Stopsignal(word)) => vec![word],
        Some(Statement::Volume(words)) => words.iter().collect(),
        Some(Statement::Run(run)) => run.mounts.iter().collect(),
        _ => Vec::new(),
    }
}

/// Whether a word is a variable alone that is not defined for sure.
pub(super) fn is_undefined(context: &Context<'_>, step: &Step<'_>, word: &str) -> bool {
    let all = variables(word, context.parse.escape());
    let [variable] = all.as_slice() else { return false };
    let name = word.trim_matches(|letter| matches!(letter, '$' | '{' | '}' | '"'));
    variable.name == name && matches!(undefined(context, step, variable), Undefined::Sure(_))
}

/// What is known of a variable.
enum Undefined {
    /// It is defined, or may be.
    No,
    /// It is not defined; with the name that may be meant.
    Sure(Option<String>),
}

fn undefined(context: &Context<'_>, step: &Step<'_>, variable: &Variable) -> Undefined {
    let (scope, name) = (&step.scope, variable.name.as_str());
    let known = scope.env().contains_key(name) || scope.args().contains_key(name);
    if known || is_predefined(name) {
        return Undefined::No;
    }
    let base = base_variables(context, step.stage);
    if base.iter().flatten().any(|known| known == name) {
        return Undefined::No;
    }
    let own = scope.env().keys().chain(scope.args().keys());
    let meant = near_name(name, own.chain(base.iter().flatten()).map(String::as_str)).map(str::to_owned);
    // What an unknown image defines cannot be told, but a name that differs by a letter from one of the stage is misspelt.
    if base.is_some() || meant.is_some() && !variable.guarded {
        Undefined::Sure(meant)
    } else {
        Undefined::No
    }
}
