//! # glob-like-option
//!
//! ## What it does
//! Finds arguments that begin with `*` or `?`.
//!
//! ## Why
//! A file that is called `-rf` becomes an option. With `./` before the pattern it stays a file.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! WORKDIR /opt
//! RUN rm -f *.tar.gz
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! WORKDIR /opt
//! RUN rm -f ./*.tar.gz
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! WORKDIR /opt
//! RUN rm -f ./*.tar.gz && rm -f -- *.tgz
//! USER 1000
//! ```

use facts::{Safety, Severity};
use kit::TextRange;
use shell::{Command, Kind, Node, Role, Word};

use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO905",
    name: "glob-like-option",
    aliases: &["SC2035"],
    severity: Severity::Info,
    summary: "a file whose name begins with a dash is taken for an option",
    enabled: true,
    check: Check::Node(&[Kind::Word], check),
    source: include_str!("glob_like_option.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    let Some(word) = Word::cast(node).filter(|word| begins_with_glob(*word) && word.role() == Role::Argument)
    else {
        return;
    };
    let Some(command) = node.parent().and_then(Command::cast) else { return };
    let own = command.name();
    // What is only printed is no option, and `[` and `set` have none that a name could be.
    if matches!(own.as_deref(), None | Some("echo" | "printf" | "[" | "set" | "export" | "unset"))
        || is_behind_dashes(command, node)
    {
        return;
    }
    let draft =
        sink.report(view.place(node), format!("a file name that `{}` gives can be an option", word.raw()));
    let start = TextRange::new(node.range().start, node.range().start + 1);
    let first = start.slice(view.parse().text()).to_owned();
    if let Some(edit) = view.edit(start, format!("./{first}")) {
        draft.fix("put `./` before it", Safety::Unsafe, vec![edit]);
    }
}

fn begins_with_glob(word: Word<'_>) -> bool {
    !word.node().is_leaf()
        && word.raw().starts_with(['*', '?'])
        && word.pieces().next().is_some_and(|piece| piece.node.kind() == Kind::Glob)
}

fn is_behind_dashes(command: Command<'_>, node: Node<'_>) -> bool {
    command.words().take_while(|word| word.node() != node).any(|word| word.raw() == "--")
}
