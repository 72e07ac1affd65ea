//! # redirect-may-leave-https
//!
//! ## What it does
//! Finds `curl -L` of an `https://` address without `--proto` or `--proto-redir`.
//!
//! ## Why
//! With `-L` curl goes where the server sends it, also to `http://`, where anybody on the way can replace the file.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN curl -fsSLo /data https://example.com/data
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! RUN curl --proto =https -fsSLo /data https://example.com/data
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN curl --proto =https -fsSLo /data https://example.com/data
//! USER 1000
//! ```

use crate::context::Context;
use crate::rule::{At, Check, Rule};
use crate::sink::Sink;
use facts::{Safety, Severity};

pub(crate) static RULE: Rule = Rule {
    code: "CO428",
    name: "redirect-may-leave-https",
    aliases: &["S6506"],
    severity: Severity::Info,
    summary: "a server may send curl to an address without encryption",
    enabled: false,
    check: Check::Command(&["curl"], check),
    source: include_str!("redirect_may_leave_https.rs"),
};

fn check(context: &Context<'_>, at: &At<'_, '_>, sink: &mut Sink<'_>) {
    let command = &at.item.command;
    let https = command.args().iter().any(|arg| arg.text.starts_with("https://"));
    let follows = ["-L", "--location"].iter().any(|option| command.option(option).is_some());
    let limited =
        ["--proto", "--proto-redir", "--max-redirs"].iter().any(|option| command.option(option).is_some());
    let Some(program) = command.program().filter(|_| https && follows && !limited) else { return };
    let draft = sink
        .report(at.run.place_of_arg(program), "the server may send `curl` to an address without encryption")
        .help("add `--proto =https`");
    if let Some(edit) = at.run.insert_behind(context.text(), program, " --proto =https") {
        draft.fix("add `--proto =https`", Safety::Unsafe, vec![edit]);
    }
}
