//! # ssh-and-shell
//!
//! ## What it does
//! Finds variables in the command of `ssh`, which are expanded here, and `ssh` and `ffmpeg` in a loop that reads lines.
//!
//! ## Why
//! In double quotes variables are those of this shell, and not of the other side. Both programs read the rest of the
//! lines that the loop should see.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN h=$(cat /host); ssh host "ls $h"
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN ssh host 'ls "$HOME"'
//! USER 1000
//! ```

use facts::Severity;
use shell::{Kind, Node};

use crate::model::RunCommand;
use crate::script::ScriptView;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO987",
    name: "ssh-and-shell",
    aliases: &["SC2029", "SC2087", "SC2095"],
    severity: Severity::Info,
    summary: "ssh gets what the shell made of its command, or the input of a loop",
    enabled: true,
    check: Check::ScriptCommand(&["ssh", "ffmpeg", "mplayer", "HandBrakeCLI"], check),
    source: include_str!("ssh_and_shell.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let command = &item.command;
    let node = command.command().node();
    if command.wrappers().next().is_some() {
        return;
    }
    let range = view.place_of(command.range());
    let input = command.command().redirects().any(|redirect| redirect.operator().starts_with('<'));
    let in_loop = node.ancestors().any(|around| around.kind() == Kind::While && reads_lines(around));
    if in_loop && !input && command.option("-n").is_none() && command.command().input().is_none() {
        sink.report(range, format!("`{}` reads the lines that the loop should read", command.name()))
            .help("give it `< /dev/null`, or `-n` to `ssh`")
            .severity(Severity::Warning)
            .aliases(["SC2095"]);
    }
    if command.name() != "ssh" {
        return;
    }
    let options = command.args().iter().any(shell::Arg::is_option);
    let last = command.args().last().filter(|_| command.args().len() > 1 && !options);
    if last.is_some_and(|arg| arg.word.expansions().any(|piece| piece.in_double_quotes)) {
        sink.report(range, "variables of this command are expanded here, and not where it is run")
            .aliases(["SC2029"]);
    }
    let mut heredocs = command.command().redirects().filter_map(shell::Redirect::heredoc);
    if heredocs.any(|heredoc| heredoc.pieces().any(shell::Piece::is_expansion)) {
        sink.report(range, "variables of the lines are expanded here, and not where they are run")
            .severity(Severity::Warning)
            .aliases(["SC2087"]);
    }
}

fn reads_lines(around: Node<'_>) -> bool {
    let condition = around.child(Kind::Condition);
    let mut commands = condition.into_iter().flat_map(Node::descendants).filter_map(shell::Command::cast);
    commands.any(|command| command.name().as_deref() == Some("read"))
}
