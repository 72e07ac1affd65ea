//! # git-clone-in-run
//!
//! ## What it does
//! Finds `git clone` of a public address as the way to get sources.
//!
//! ## Why
//! `ADD https://….git#COMMIT /src` needs no git in the image, leaves no `.git`, and the cache of the build knows which
//! commit it has.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM alpine:3.22
//! RUN git clone --branch v1 https://example.com/tool.git /src
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM alpine:3.22
//! ADD https://example.com/tool.git#a1b2c3d4e5f60718293a4b5c6d7e8f9001122334 /src
//! USER 1000
//! ```

use crate::context::Context;
use crate::rule::{At, Check, Rule};
use crate::sink::Sink;
use facts::Severity;

pub(crate) static RULE: Rule = Rule {
    code: "CO722",
    name: "git-clone-in-run",
    aliases: &["prefer-add-git"],
    severity: Severity::Info,
    summary: "a repository is cloned by a command where ADD does it",
    enabled: false,
    check: Check::Command(&["git"], check),
    source: include_str!("git_clone_in_run.rs"),
};

fn check(_context: &Context<'_>, at: &At<'_, '_>, sink: &mut Sink<'_>) {
    let command = &at.item.command;
    let first = command.operands().next().is_some_and(|word| word.text == "clone");
    let public = command.operands().any(|word| word.text.starts_with("https://") && !word.text.contains('@'));
    if first && public {
        sink.report(at.run.place_of_command(command), "`ADD` fetches repositories, too")
            .help("write `ADD https://….git#TAG /src`");
    }
}
