//! # shell-replaced-by-link
//!
//! ## What it does
//! Finds `ln` that puts another program at `/bin/sh`.
//!
//! ## Why
//! Scripts of the system rely on what `/bin/sh` is, and a new version of its package puts the link back. `SHELL`
//! chooses the shell of the steps alone.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN ln -sf /bin/bash /bin/sh
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! SHELL ["/bin/bash", "-c"]
//! RUN source /etc/profile
//! USER 1000
//! ```

use facts::Severity;
use shell::Invocation;

use crate::context::Context;
use crate::rule::{At, Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO913",
    name: "shell-replaced-by-link",
    aliases: &[
        "DL4005",
        "use-shell-instruction",
        "changing_default_shell_using_run_command",
        "AC_DOCKER_0020",
        "changing_default_shell_using_shell_command",
    ],
    severity: Severity::Warning,
    summary: "the shell of the image is replaced by a link; `SHELL` chooses one",
    enabled: true,
    check: Check::Command(&["ln"], check),
    source: include_str!("shell_replaced_by_link.rs"),
};

fn check(_context: &Context<'_>, at: &At<'_, '_>, sink: &mut Sink<'_>) {
    let command = &at.item.command;
    let is_shell = |path: &str| matches!(path, "/bin/sh" | "/usr/bin/sh");
    let last = command.operands().last().and_then(|arg| at.item.path(at.step, arg));
    if command.operands().nth(1).is_some() && last.is_some_and(|path| is_shell(&path)) {
        sink.report(at.run.place_of_command(command), "`/bin/sh` is replaced by another program")
            .help("choose the shell of the steps with `SHELL [\"/bin/bash\", \"-c\"]`")
            .unlike_hadolint(command.operands().last().is_some_and(|arg| arg.text != "/bin/sh"));
    } else if let Some(arg) = command.operands().last().filter(|_| is_link_to_shell(command)) {
        sink.report(at.run.place_of_command(command), format!("`{}` becomes a link to `/bin/sh`", arg.text))
            .severity(Severity::Info)
            .help("scripts that ask for another shell get this one; `SHELL` chooses the shell of the steps");
    }
}

/// Whether the first of two operands is the shell.
fn is_link_to_shell(command: &Invocation<'_>) -> bool {
    let mut operands = command.operands();
    operands.next().is_some_and(|arg| arg.text == "/bin/sh") && operands.next().is_some()
}
