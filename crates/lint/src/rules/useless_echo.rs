//! # useless-echo
//!
//! ## What it does
//! Finds `echo "$(command)"` and `$(echo text)`.
//!
//! ## Why
//! The command prints its output itself, and the text can stand where it is. Only blanks and a missing line end can
//! differ.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN NAME="$(echo "$HOME/tool")" && mkdir "$NAME"
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN NAME="$HOME/tool" && mkdir "$NAME"
//! USER 1000
//! ```

use facts::Severity;
use shell::{Kind, Node};

use crate::model::RunCommand;
use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO945",
    name: "useless-echo",
    aliases: &["SC2005", "SC2116"],
    severity: Severity::Style,
    summary: "echo that prints what was printed already",
    enabled: true,
    check: Check::ScriptCommand(&["echo"], check),
    source: include_str!("useless_echo.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let command = &item.command;
    if command.wrappers().next().is_some() {
        return;
    }
    let is_command = |node: Node<'_>| matches!(node.kind(), Kind::CommandSubstitution | Kind::Backquote);
    if let [only] = command.args() {
        let mut pieces = only.word.pieces();
        if let (Some(piece), None) = (pieces.next(), pieces.next())
            && is_command(piece.node)
            && !piece.node.text().starts_with("$(<")
        {
            sink.report(view.place_of(command.range()), "the command prints its output itself")
                .aliases(["SC2005"]);
        }
    }
    // Only for an echo that is all that a substitution does, without patterns, braces and options.
    let node = command.command().node();
    let substitution =
        node.ancestors().find(|node| !matches!(node.kind(), Kind::Pipeline | Kind::AndOr | Kind::List));
    let alone = substitution.filter(|around| is_command(*around));
    let Some(around) =
        alone.filter(|around| around.descendants().filter(|inner| inner.kind() == Kind::Simple).count() == 1)
    else {
        return;
    };
    let plain = |arg: &shell::Arg<'_>| {
        !arg.word.is_pattern() && arg.word.pieces().all(|piece| piece.node.kind() != Kind::Brace)
    };
    let option = command.args().first().is_none_or(|arg| arg.text.starts_with('-'));
    if !option && command.args().iter().all(plain) && !around.text().contains("$(<") {
        sink.report(view.place(around), "the text can stand here without `echo`").aliases(["SC2116"]);
    }
}
