//! # env-refers-to-itself
//!
//! ## What it does
//! Finds `ENV` with several pairs where one refers to another one that has not been set before.
//!
//! ## Why
//! All pairs of an `ENV` see the variables from before it: the reference is empty.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! ENV HOME_DIR=/app BIN_DIR=$HOME_DIR/bin
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12
//! ENV HOME_DIR=/app
//! ENV BIN_DIR=$HOME_DIR/bin
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! ENV HOME_DIR=/app
//! ENV BIN_DIR=$HOME_DIR/bin
//! USER 1000
//! ```

use std::borrow::Cow;

use facts::{Effect, Safety, Severity};
use kit::{Edit, TextRange};
use syntax::{KeyValues, Statement, variables};

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO826",
    name: "env-refers-to-itself",
    aliases: &["DL3044"],
    severity: Severity::Error,
    summary: "an ENV refers to a variable that it sets itself",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("env_refers_to_itself.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(Statement::Env(pairs)) = step.statement else { return };
    for (at, (_, value)) in pairs.pairs.iter().enumerate() {
        let set_here = |name: &str| {
            pairs.pairs.iter().enumerate().any(|(other, (key, _))| other != at && key.value == name)
        };
        let known = |name: &str| step.scope.env().contains_key(name) || step.scope.args().contains_key(name);
        let used = variables(&value.value, context.parse.escape());
        let Some(found) = used.iter().find(|variable| set_here(&variable.name) && !known(&variable.name))
        else {
            continue;
        };
        let draft = sink
            .report(
                value.range,
                format!("`${}` is not set yet: all pairs of an `ENV` see what was before it", found.name),
            )
            .help("set it in an `ENV` of its own before")
            .unlike_hadolint(!is_simple(found.range.slice(&value.value), &found.name));
        if let Some(edits) = split(context, step, pairs) {
            // The value becomes another one, also where the base image sets the variable.
            draft
                .fix("make an `ENV` of each pair", Safety::Unsafe, edits)
                .effects([Effect::Config("Env"), Effect::Changes(Cow::Borrowed("/"))]);
        }
        return;
    }
}

/// Puts each pair into an ENV of its own, where all stand on one line. The value of a variable changes, which is what was
/// meant.
fn split(context: &Context<'_>, step: &Step<'_>, pairs: &KeyValues) -> Option<Vec<Edit>> {
    let text = context.text();
    let whole = pairs.pairs.first()?.0.range.cover(pairs.pairs.last()?.1.range);
    if whole.slice(text).contains('\n') {
        return None;
    }
    let keyword = step.instruction.keyword.slice(text);
    let gaps = pairs.pairs.windows(2).map(|pair| {
        let range = TextRange::new(pair[0].1.range.end, pair[1].0.range.start);
        Edit { range, replacement: format!("\n{keyword} ") }
    });
    Some(gaps.collect())
}

/// Whether a variable is written without an operator.
fn is_simple(written: &str, name: &str) -> bool {
    written.trim_start_matches(['$', '{']).trim_end_matches('}') == name
}
