//! # name-in-script
//!
//! ## What it does
//! Finds `find … -exec sh -c '… {} …'`.
//!
//! ## Why
//! A name with a quote or `;` in it is run as a command. As an argument it is a name: `sh -c '… "$1"' sh {}`.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN find /opt -name '*.sh' -exec sh -c 'chmod 755 {}' ';'
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN find /opt -name '*.sh' -exec sh -c 'chmod 755 "$1"' sh {} ';'
//! USER 1000
//! ```

use facts::Severity;

use crate::model::RunCommand;
use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO941",
    name: "name-in-script",
    aliases: &["SC2156"],
    severity: Severity::Warning,
    summary: "a name of a file becomes part of a script",
    enabled: true,
    check: Check::ScriptCommand(&["find"], check),
    source: include_str!("name_in_script.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let args = item.command.args();
    let executes = |text: &str| matches!(text, "-exec" | "-execdir" | "-ok");
    let Some(start) = args.iter().position(|arg| executes(&arg.text)) else { return };
    for three in args[start..].windows(3) {
        let shell = matches!(three[0].text.rsplit('/').next(), Some("sh" | "bash" | "dash" | "ash" | "ksh"));
        if shell && three[1].text == "-c" && three[2].text.contains("{}") {
            sink.report(view.place(three[2].word.node()), "the name of a file becomes part of a script")
                .help("give it as an argument: `sh -c '… \"$1\"' sh {}`");
        }
    }
}
