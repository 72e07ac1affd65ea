//! # cd-without-check
//!
//! ## What it does
//! Finds `cd` whose failure nothing is done about: no `&&` or `||` behind it, no `set -e`.
//!
//! ## Why
//! When the directory is not there, what follows is run where the shell is: `cd build; rm -rf *`.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN cd /opt/tool; ./configure
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! RUN cd /opt/tool || exit 1; ./configure
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN set -e; cd /opt/tool; ./configure
//! USER 1000
//! ```

use facts::{Safety, Severity};
use kit::TextRange;
use shell::{Kind, Node, Setting};

use crate::model::RunCommand;
use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO909",
    name: "cd-without-check",
    aliases: &["SC2164"],
    severity: Severity::Warning,
    summary: "commands are run in the wrong directory when `cd` fails",
    enabled: true,
    check: Check::ScriptCommand(&["cd", "popd", "pushd"], check),
    source: include_str!("cd_without_check.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let command = &item.command;
    let node = command.command().node();
    let always = |text: &str| !text.is_empty() && text.split('/').all(|part| matches!(part, "" | "." | ".."));
    let there = command.args().first().is_some_and(|arg| always(&arg.text)) && command.args().len() == 1;
    let errexit = view.settings().at(Setting::Errexit, node) != Some(false);
    let direct = command.wrappers().next().is_none();
    if there || errexit || !direct || is_tested(node) {
        return;
    }
    let name = command.name();
    let draft = sink
        .report(view.place_of(command.range()), format!("what follows is run elsewhere when `{name}` fails"));
    let range = command.range();
    let last = TextRange::new(range.end - 1, range.end);
    let alone = node.parent().is_some_and(|around| !around.is_subshell()) && node.range() == range;
    let edit = view.edit(last, format!("{} || exit 1", last.slice(view.parse().text())));
    if let Some(edit) = edit.filter(|_| alone) {
        draft.fix("end when it fails", Safety::Unsafe, vec![edit]);
    }
}

/// Whether something is done when it fails: a condition, or `&&` or `||` behind it.
fn is_tested(command: Node<'_>) -> bool {
    command.ancestors().any(|node| match node.kind() {
        Kind::Condition => true,
        Kind::Pipeline => node.siblings_behind().next().is_some(),
        _ => false,
    })
}
