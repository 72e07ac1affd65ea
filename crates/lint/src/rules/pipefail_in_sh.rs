//! # pipefail-in-sh
//!
//! ## What it does
//! Finds `SHELL` with `sh` and `pipefail`, except on images whose `sh` is known to have it, as that of busybox and
//! bash do.
//!
//! ## Why
//! The `sh` of Debian and Ubuntu does not know the option, and every step fails.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! SHELL ["/bin/sh", "-o", "pipefail", "-c"]
//! RUN wget -qO- https://example.com/list | sort > /list
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12
//! SHELL ["/bin/bash", "-o", "pipefail", "-c"]
//! RUN wget -qO- https://example.com/list | sort > /list
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM alpine:3.20
//! SHELL ["/bin/sh", "-o", "pipefail", "-c"]
//! RUN wget -qO- https://example.com/list | sort > /list
//! USER 1000
//! ```

use facts::{Effect, Safety, Severity};
use kit::Edit;
use syntax::Statement;

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::script::SystemShell;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO420",
    name: "pipefail-in-sh",
    aliases: &["DL4006", "DS-0032"],
    severity: Severity::Warning,
    summary: "SHELL asks sh for pipefail, which it may not know",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("pipefail_in_sh.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(Statement::Shell(words)) = step.statement else { return };
    let Some(program) = words.first().filter(|word| matches!(word.value.as_str(), "sh" | "/bin/sh")) else {
        return;
    };
    let asks = words.iter().any(|word| word.value == "pipefail");
    let knows =
        matches!(SystemShell::of_stage(context, step.stage), SystemShell::Bash | SystemShell::Busybox);
    if asks && !knows {
        let edit = Edit { range: program.range, replacement: "\"/bin/bash\"".to_owned() };
        sink.report(program.range, "`sh` need not know `pipefail`, and that of Debian does not")
            .help("use `/bin/bash`, where the image has it")
            .fix("use `/bin/bash`", Safety::Unsafe, vec![edit])
            .effects([Effect::Config("Shell")]);
    }
}
