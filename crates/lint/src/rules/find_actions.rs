//! # find-actions
//!
//! ## What it does
//! Finds `-exec` without `\;` or `+`, and `-o` between tests with an action behind the last one.
//!
//! ## Why
//! The shell takes `;` and `|` for itself. `-name a -o -name b -print` prints what `b` finds alone: `\( … \)` groups.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN find /opt -name a -o -name b -exec rm {} \;
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN find /opt \( -name a -o -name b \) -exec rm {} \;
//! USER 1000
//! ```

use crate::model::RunCommand;
use crate::script::ScriptView;
use facts::Severity;

use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO984",
    name: "find-actions",
    aliases: &["SC2067", "SC2146"],
    severity: Severity::Warning,
    summary: "an action of find that does not end, or that is not for all that is found",
    enabled: true,
    check: Check::ScriptCommand(&["find"], check),
    source: include_str!("find_actions.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    if item.command.wrappers().next().is_some() {
        return;
    }
    let args: Vec<&str> = item.command.args().iter().map(|arg| arg.text.as_ref()).collect();
    let range = view.place_of(item.command.range());
    let exec = args.iter().position(|arg| matches!(*arg, "-exec" | "-execdir" | "-ok" | "-okdir"));
    if exec.is_some_and(|at| !args[at..].iter().any(|arg| matches!(*arg, ";" | "+"))) {
        sink.report(range, "nothing ends the command of `-exec`")
            .help("end it with `\\;` or `+`")
            .aliases(["SC2067"]);
        return;
    }
    let Some(or) = args.iter().position(|arg| matches!(*arg, "-o" | "-or")) else { return };
    let action = |arg: &&str| {
        ["-exec", "-ok", "-print", "-delete", "-fprint", "-ls", "-prune", "-quit"]
            .iter()
            .any(|name| arg.starts_with(name))
    };
    let grouped = args.iter().any(|arg| matches!(*arg, "(" | "\\("));
    if !grouped && !args[..or].iter().any(action) && args[or..].iter().any(action) {
        sink.report(range, "the action is for what stands behind the last `-o` alone")
            .help("group the tests: `\\( … -o … \\)`")
            .aliases(["SC2146"]);
    }
}
