//! # echo-escapes
//!
//! ## What it does
//! Finds `echo` without `-e` whose text has `\n`, `\t` and the like.
//!
//! ## Why
//! The `echo` of dash makes a line end of `\n`, that of bash and busybox prints a backslash and an n. `printf` does
//! the same everywhere. Where the image is known to have dash, the finding is one of style.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM alpine:3.20
//! RUN echo "a=1\nb=2" > /etc/tool.conf
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM alpine:3.20
//! RUN printf 'a=1\nb=2\n' > /etc/tool.conf
//! USER 1000
//! ```

use facts::Severity;

use crate::model::RunCommand;
use crate::rule::{Check, Rule};
use crate::script::{ScriptView, SystemShell};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO904",
    name: "echo-escapes",
    aliases: &["SC2028"],
    severity: Severity::Info,
    summary: "whether echo takes backslashes for escapes depends on the shell",
    enabled: true,
    check: Check::ScriptCommand(&["echo"], check),
    source: include_str!("echo_escapes.rs"),
};

fn check(view: &ScriptView<'_, '_>, item: &RunCommand<'_>, sink: &mut Sink<'_>) {
    let command = &item.command;
    let flags = command.args().first().is_some_and(|arg| arg.text.starts_with('-') && arg.text.contains('e'));
    if flags || command.wrappers().next().is_some() {
        return;
    }
    let Some(arg) = command.args().iter().find(|arg| has_escape(&arg.text)) else { return };
    let draft = sink
        .report(view.place(arg.word.node()), "whether `echo` expands the escapes in it depends on the shell")
        .help("use `printf '%b\\n' \"…\"`, or `printf` with the text as its format");
    // It works here as it is meant.
    if view.system_shell() == SystemShell::Dash {
        draft.severity(Severity::Style);
    }
}

fn has_escape(text: &str) -> bool {
    let escape = |pair: &[u8]| {
        pair[0] == b'\\'
            && matches!(pair[1], b'a' | b'b' | b'e' | b'f' | b'n' | b'r' | b't' | b'v' | b'x' | b'0'..=b'7')
    };
    text.as_bytes().windows(2).any(escape)
}
