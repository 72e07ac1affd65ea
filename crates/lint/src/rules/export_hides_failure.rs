//! # export-hides-failure
//!
//! ## What it does
//! Finds `export name=$(command)`, and the same with `local`, `readonly`, `declare` and `typeset`.
//!
//! ## Why
//! The status is that of `export`, which is always 0: when the command fails, `set -e` and `&&` do not see it, and
//! the step goes on with an empty variable.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN export VERSION="$(cat /etc/version)" && touch "/opt/$VERSION"
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! RUN VERSION="$(cat /etc/version)" && export VERSION && touch "/opt/$VERSION"
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN VERSION="$(cat /etc/version)" && export VERSION && touch "/opt/$VERSION"
//! USER 1000
//! ```

use facts::{Safety, Severity};
use kit::TextRange;
use shell::{Assignment, Kind};

use crate::model::RunCommand;
use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO907",
    name: "export-hides-failure",
    aliases: &["SC2155"],
    severity: Severity::Warning,
    summary: "the failure of a command is lost, as its output is exported at once",
    enabled: true,
    check: Check::ScriptCommand(&["declare", "export", "local", "readonly", "typeset"], check),
    source: include_str!("export_hides_failure.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let command = &item.command;
    for arg in command.args() {
        let Some(assignment) = arg.word.assignment().filter(|found| runs_command(*found)) else { continue };
        let Some(name) = assignment.name() else { continue };
        let draft = sink.report(
            view.place(assignment.node()),
            format!("whether the command fails is lost, as `{}` succeeds", command.name()),
        );
        let simple =
            command.args().len() == 1 && command.wrappers().next().is_none() && command.name() == "export";
        let Some(program) = command.program().filter(|_| simple && assignment.value().is_some()) else {
            continue;
        };
        let before = TextRange::new(program.range().start, arg.range().start);
        let behind = TextRange::new(arg.range().end - 1, arg.range().end);
        let last = behind.slice(view.parse().text()).to_owned();
        let edits = view.edit(before, "").zip(view.edit(behind, format!("{last} && export {}", name.text())));
        if let Some((first, second)) = edits {
            draft.fix("set the variable first, then export it", Safety::Unsafe, vec![first, second]);
        }
    }
}

fn runs_command(assignment: Assignment<'_>) -> bool {
    let Some(value) = assignment.value() else { return false };
    value.expansions().any(|piece| matches!(piece.node.kind(), Kind::CommandSubstitution | Kind::Backquote))
}
