//! # negation-without-effect
//!
//! ## What it does
//! Finds `! command` that is neither a condition nor the last command, where `set -e` is on.
//!
//! ## Why
//! `set -e` leaves out commands with `!` before them, so nothing happens when the command succeeds.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN set -e; ! grep -q x /etc/passwd; touch /done
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN set -e; if grep -q x /etc/passwd; then exit 1; fi; touch /done
//! USER 1000
//! ```

use facts::Severity;
use shell::{Command, Kind, Node, Pipeline, Setting};

use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO938",
    name: "negation-without-effect",
    aliases: &["SC2251"],
    severity: Severity::Info,
    summary: "`! command` does not end a text with `set -e`",
    enabled: true,
    check: Check::Node(&[Kind::Pipeline], check),
    source: include_str!("negation_without_effect.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let Some(pipeline) = Pipeline::cast(node).filter(|pipeline| pipeline.is_negated()) else { return };
    let alone = node.siblings_before().next().is_none() && node.siblings_behind().next().is_none();
    let simple = pipeline.commands().next().and_then(Command::cast);
    let tested = simple
        .is_some_and(|command| command.name().is_some_and(|name| matches!(name.as_ref(), "[" | "test")));
    let condition = node.ancestors().any(|around| around.kind() == Kind::Condition);
    let last = node.parent().is_some_and(|chain| {
        chain.siblings_behind().all(|next| next.kind() != Kind::AndOr)
            && chain.parent().is_some_and(|list| list.kind() != Kind::List)
    });
    if alone && !tested && !condition && !last && view.settings().at(Setting::Errexit, node) == Some(true) {
        sink.report(
            view.place(node),
            "nothing happens when this command succeeds, as `set -e` leaves out what `!` stands before",
        )
        .help("use `if …; then exit 1; fi`, or add `|| exit 1`");
    }
}
