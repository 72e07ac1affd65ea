//! # and-or-in-test
//!
//! ## What it does
//! Finds `[ a -a b ]` and `[ a -o b ]`.
//!
//! ## Why
//! What they mean depends on the values, and POSIX has dropped them. `[ a ] && [ b ]` is clear.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN if [ -e /a -a -e /b ]; then touch /c; fi
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN if [ -e /a ] && [ -e /b ]; then touch /c; fi
//! USER 1000
//! ```

use facts::Severity;

use crate::model::RunCommand;
use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO951",
    name: "and-or-in-test",
    aliases: &["SC2166"],
    severity: Severity::Style,
    summary: "`-a` and `-o` in `[ … ]` are not well defined",
    enabled: true,
    check: Check::ScriptCommand(&["[", "test"], check),
    source: include_str!("and_or_in_test.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let words = item.command.args().iter().skip(1).take_while(|arg| arg.text != "]");
    let alias = (item.command.name() == "[").then_some("SC2166");
    let negated = |arg: &&shell::Arg<'_>| {
        arg.word.node().siblings_before().next().is_some_and(|word| word.text() == "!")
    };
    for arg in words.filter(|arg| matches!(arg.word.raw(), "-a" | "-o") && !negated(arg)) {
        let message = format!("what `{}` means here depends on the values", arg.text);
        sink.report(view.place(arg.word.node()), message)
            .help("use two tests with `&&` or `||` between them")
            .aliases(alias);
    }
}
