//! # unquoted-substitution
//!
//! ## What it does
//! Finds `$(…)` and backquotes without double quotes where the shell splits the output at blanks and puts names of
//! files in place of `*`, `?` and `[`. For commands that print one plain word whatever happens, as `nproc` and
//! `uname -m` do, it is a matter of style.
//!
//! ## Why
//! Output with a blank becomes several arguments, and none at all when the command fails: `rm -r /opt/$(name)` is
//! then `rm -r /opt/`.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN rm -r /opt/$(cat /etc/name)
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! RUN rm -r "/opt/$(cat /etc/name)"
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN rm -r "/opt/$(cat /etc/name)"; name=$(cat /etc/name); mkdir "$name"
//! USER 1000
//! ```

use facts::{Safety, Severity};
use shell::{Command, Kind, Node, Role, Word};

use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO902",
    name: "unquoted-substitution",
    aliases: &["SC2046", "SC2207"],
    severity: Severity::Info,
    summary: "the output of a command is split into words, as it is not in double quotes",
    enabled: true,
    check: Check::Node(&[Kind::Word], check),
    source: include_str!("unquoted_substitution.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let Some(word) = Word::cast(node).filter(|word| !node.is_leaf() && splits(view, *word)) else { return };
    for piece in word.unquoted_expansions() {
        let command = matches!(piece.node.kind(), Kind::CommandSubstitution | Kind::Backquote);
        if !command {
            continue;
        }
        let message = "the output of this command is split at blanks, as it is not in double quotes";
        let alias = if word.role() == Role::Element { "SC2207" } else { "SC2046" };
        let draft = sink.report(view.place(piece.node), message).aliases([alias]);
        if is_plain(piece.node) {
            draft.severity(Severity::Style);
        } else if let Some(edits) = view.quote(word) {
            draft.fix("put it in double quotes", Safety::Unsafe, edits);
        }
    }
}

/// Whether output is split in a word: not in assignments and lists of loops, and not as a whole command.
fn splits(view: &ScriptView<'_, '_>, word: Word<'_>) -> bool {
    match word.role() {
        Role::Argument => word.assignment().is_none() || !view.is_bash(),
        Role::Target | Role::Element => true,
        Role::Name => word.pieces().nth(1).is_some(),
        _ => false,
    }
}

/// Commands that print one word without blanks, with the only arguments for which that is so; all with `*`.
const PLAIN: &[(&str, &[&str])] = &[
    ("arch", &["*"]),
    ("date", &["+%s", "+%F", "+%Y", "+%Y%m%d"]),
    ("dpkg", &["--print-architecture"]),
    ("getconf", &["_NPROCESSORS_ONLN", "LONG_BIT", "PAGESIZE"]),
    ("id", &["-u", "-g", "-un", "-gn"]),
    ("lsb_release", &["-cs", "-sc", "-is", "-si", "-rs", "-sr", "-c -s", "-s -c"]),
    ("nproc", &["*"]),
    ("uname", &["", "-i", "-m", "-n", "-p", "-r", "-s"]),
    ("wc", &["-c", "-l", "-m", "-w"]),
];

/// Whether the output is a single plain word for sure.
fn is_plain(substitution: Node<'_>) -> bool {
    let mut commands = substitution.descendants().filter_map(Command::cast);
    let (Some(command), None) = (commands.next(), commands.next()) else { return false };
    let words: Vec<_> = command.words().map(Word::text).collect();
    let Some((name, args)) = words.split_first() else { return false };
    let args = args.join(" ");
    PLAIN.iter().any(|(known, forms)| name == known && forms.iter().any(|form| *form == "*" || *form == args))
}
