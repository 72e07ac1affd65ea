//! # gpg-without-batch
//!
//! ## What it does
//! Finds `gpg` that imports keys or verifies signatures without `--batch`.
//!
//! ## Why
//! Without it gpg takes itself to be at a terminal: it may ask, and its exit code says less.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN gpg --verify tool.asc tool
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! RUN gpg --batch --verify tool.asc tool
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN gpg --batch --verify tool.asc tool
//! USER 1000
//! ```

use crate::context::Context;
use crate::rule::{At, Check, Rule};
use crate::sink::Sink;
use facts::{Safety, Severity};

pub(crate) static RULE: Rule = Rule {
    code: "CO431",
    name: "gpg-without-batch",
    aliases: &["gpgUseBatchFlag"],
    severity: Severity::Style,
    summary: "gpg may ask questions",
    enabled: false,
    check: Check::Command(&["gpg", "gpg2"], check),
    source: include_str!("gpg_without_batch.rs"),
};

fn check(context: &Context<'_>, at: &At<'_, '_>, sink: &mut Sink<'_>) {
    let command = &at.item.command;
    let asks = ["--import", "--keyserver", "--recv-keys", "--recv-key", "--recv", "--verify", "--decrypt"];
    let silent = ["--batch", "--no-tty", "--yes"];
    if !asks.iter().any(|option| command.option(option).is_some())
        || silent.iter().any(|option| command.option(option).is_some())
    {
        return;
    }
    let Some(program) = command.program() else { return };
    let draft = sink.report(at.run.place_of_arg(program), "`gpg` may ask questions").help("add `--batch`");
    if let Some(edit) = at.run.insert_behind(context.text(), program, " --batch") {
        draft.fix("add `--batch`", Safety::Safe, vec![edit]);
    }
}
