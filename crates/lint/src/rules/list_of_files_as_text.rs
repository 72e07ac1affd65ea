//! # list-of-files-as-text
//!
//! ## What it does
//! Finds `ls | grep`, `ls | xargs`, `ls` before any other command of a pipeline, `for name in $(ls)` and `for name
//! in $(find …)`.
//!
//! ## Why
//! A name with a blank is torn apart, and `ls` prints some characters in other ways. `for name in *` and `find …
//! -exec` get names as they are.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN for name in $(ls /opt); do touch "/opt/$name/x"; done
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN for name in /opt/*; do touch "$name/x"; done
//! USER 1000
//! ```

use facts::Severity;
use shell::{Command, Kind, Node, Pipeline, Role, Word};

use crate::model::RunCommand;
use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO933",
    name: "list-of-files-as-text",
    aliases: &["SC2010", "SC2011", "SC2012", "SC2044", "SC2045"],
    severity: Severity::Info,
    summary: "names of files are taken from the output of ls or find",
    enabled: true,
    check: Check::ScriptCommand(&["find", "ls"], check),
    source: include_str!("list_of_files_as_text.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let command = item.command.command();
    if item.command.wrappers().next().is_some() {
        return;
    }
    let ls = item.command.name() == "ls";
    if let Some(list) = looped_over(command) {
        let alias = if ls { "SC2045" } else { "SC2044" };
        sink.report(
            view.place(list),
            format!("a name with a blank is torn apart in the output of `{}`", item.command.name()),
        )
        .help("loop over a pattern, or use `find … -exec`")
        .aliases([alias]);
        return;
    }
    let Some(next) = command.output().filter(|_| ls) else { return };
    let name = Command::cast(next).and_then(Command::name).unwrap_or_default();
    let options = item.command.args().iter().any(|arg| arg.text.starts_with('-'));
    let alias = match name.as_ref() {
        "grep" => "SC2010",
        "xargs" if options => return,
        "xargs" => "SC2011",
        _ => "SC2012",
    };
    sink.report(view.place_of(item.command.range()), "names of files are taken from the output of `ls`")
        .help("use a pattern, or `find` with `-exec` or `-print0`")
        .aliases([alias]);
}

/// The substitution that a command is alone in, when a loop goes over its output.
fn looped_over(command: Command<'_>) -> Option<Node<'_>> {
    let substitution = command.substitution()?;
    let word = Word::cast(substitution.parent()?).filter(|word| word.role() == Role::Item)?;
    let alone = substitution.descendants().filter(|node| node.kind() == Kind::Simple).count() == 1;
    let only = Pipeline::around(command.node()).is_some();
    let whole = word.node().range() == substitution.range() && is_only_item(word);
    (alone && only && whole).then_some(word.node())
}

/// Whether a loop goes over this word alone.
fn is_only_item(word: Word<'_>) -> bool {
    word.node().parent().is_some_and(|found| found.children_of(Kind::Word).nth(1).is_none())
}
