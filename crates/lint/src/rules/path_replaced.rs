//! # path-replaced
//!
//! ## What it does
//! Finds `ENV PATH=` without the old path and without the directories of the system.
//!
//! ## Why
//! No program of the image is found any more, `sh` included.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! ENV PATH=/opt/app/bin
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12
//! ENV PATH=/opt/app/bin:$PATH
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! ENV PATH=/opt/app/bin:$PATH
//! USER 1000
//! ```

use facts::{Effect, Safety, Severity};
use kit::{Edit, TextRange};
use stage::Base;
use syntax::Statement;

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO841",
    name: "path-replaced",
    aliases: &["env-path-replaced"],
    severity: Severity::Warning,
    summary: "ENV replaces the search path",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("path_replaced.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(Statement::Env(pairs)) = step.statement else { return };
    // In an empty image there is nothing to be found.
    if context.graph.root_base(step.stage) == Some(&Base::Scratch) {
        return;
    }
    for (key, value) in pairs.pairs.iter().filter(|(key, _)| key.value == "PATH") {
        let text = &value.value;
        let keeps =
            text.contains('$') || text.contains('%') || text.contains("/usr/bin") || text.contains('\\');
        if keeps || text.split([':', '"']).any(|part| part == "/bin") {
            continue;
        }
        let draft = sink
            .report(key.range.cover(value.range), format!("`PATH={text}` hides all programs of the image"))
            .help("add to the old path: `:$PATH`");
        if !text.contains(['"', '\'']) && !pairs.legacy {
            let end = value.range.end;
            let edit = Edit { range: TextRange::new(end, end), replacement: ":$PATH".to_owned() };
            draft.fix("add `:$PATH`", Safety::Unsafe, vec![edit]).effects([Effect::Config("Env")]);
        }
    }
}
