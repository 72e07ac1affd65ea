//! # git-clone-unpinned
//!
//! ## What it does
//! Finds `git clone` without a tag or commit: neither `--branch` nor a `git checkout`, `reset` or `switch` that
//! follows.
//!
//! ## Why
//! Each build gets other sources, and what gets in is decided by whoever can push.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM alpine:3.22
//! RUN git clone https://example.com/tool.git /src
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
use shell::Invocation;

pub(crate) static RULE: Rule = Rule {
    code: "CO429",
    name: "git-clone-unpinned",
    aliases: &[],
    severity: Severity::Info,
    summary: "a repository is cloned at whatever commit its branch has today",
    enabled: true,
    check: Check::Command(&["git"], check),
    source: include_str!("git_clone_unpinned.rs"),
};

fn check(_context: &Context<'_>, at: &At<'_, '_>, sink: &mut Sink<'_>) {
    let verb = |command: &Invocation<'_>, verbs: &[&str]| {
        command.operands().take(2).any(|word| verbs.contains(&word.text.as_ref()))
    };
    let command = &at.item.command;
    let first = command.operands().next().is_some_and(|word| word.text == "clone");
    if !first
        || ["-b", "--branch", "--revision", "--mirror"]
            .iter()
            .any(|option| command.value(&[option]).is_some())
    {
        return;
    }
    let remote = command.operands().any(|word| word.text.contains("://") || word.text.starts_with("git@"));
    let settles = at
        .run
        .named(&["git"])
        .any(|item| verb(&item.command, &["checkout", "reset", "switch", "fetch", "worktree"]));
    if remote && !settles {
        sink.report(at.run.place_of_command(command), "the commit is the newest of the day")
            .help("use `--branch TAG`, check out a commit, or `ADD https://…#COMMIT`");
    }
}
