//! # brace-expansion-in-sh
//!
//! ## What it does
//! Finds `{a,b}` and `{1..3}` where the shell is `sh`.
//!
//! ## Why
//! dash and busybox take them as they are written: `mkdir /opt/{bin,lib}` makes one directory with a strange name.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN mkdir -p /opt/{bin,lib}
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! SHELL ["/bin/bash", "-c"]
//! RUN mkdir -p /opt/{bin,lib}
//! USER 1000
//! ```

use facts::Severity;
use shell::{Kind, Node};

use crate::rule::{Check, Rule};
use crate::script::ScriptView;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO922",
    name: "brace-expansion-in-sh",
    aliases: &["SC3009"],
    severity: Severity::Warning,
    summary: "`{a,b}` is not expanded by sh",
    enabled: true,
    check: Check::Node(&[Kind::Brace], check),
    source: include_str!("brace_expansion_in_sh.rs"),
};

fn check(view: &ScriptView<'_, '_>, node: Node<'_>, sink: &mut Sink<'_>) {
    if node.text() == "{" && !view.is_bash() {
        sink.report(view.place(node), "`sh` does not expand braces")
            .help("write the words out, or choose bash with `SHELL [\"/bin/bash\", \"-c\"]`")
            .severity(view.portability(&[]));
    }
}
