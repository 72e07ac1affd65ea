//! # useradd-large-log
//!
//! ## What it does
//! Finds `useradd` with a number of six or more digits and without `--no-log-init`.
//!
//! ## Why
//! `/var/log/lastlog` has a place for every number: it becomes a sparse file of gigabytes, which layers do not store
//! as such.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! RUN useradd -u 1234567 app
//! USER 1234567
//! ```
//! ```dockerfile,fixed
//! FROM debian:12
//! RUN useradd --no-log-init -u 1234567 app
//! USER 1234567
//! ```
//! ```dockerfile,bad
//! FROM debian:12
//! RUN useradd -mu 1234567 app
//! USER 1234567
//! ```
//! ```dockerfile,fixed
//! FROM debian:12
//! RUN useradd --no-log-init -mu 1234567 app
//! USER 1234567
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! RUN useradd --no-log-init -u 1234567 app
//! USER 1234567
//! ```

use facts::{Effect, Safety, Severity};
use kit::{Edit, TextRange};
use shell::{Arg, Invocation};

use crate::context::Context;
use crate::rule::{At, Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO511",
    name: "useradd-large-log",
    aliases: &["DL3046"],
    severity: Severity::Warning,
    summary: "useradd with a large number fills the image",
    enabled: true,
    check: Check::Command(&["useradd"], check),
    source: include_str!("useradd_large_log.rs"),
};

fn check(_context: &Context<'_>, at: &At<'_, '_>, sink: &mut Sink<'_>) {
    let command = &at.item.command;
    let large = |value: &str| value.len() > 5 && value.bytes().all(|byte| byte.is_ascii_digit());
    let number = command.value(&["-u", "--uid"]).or_else(|| clustered(command));
    let Some((_, word)) = number.filter(|(value, _)| large(value)) else { return };
    if command.option("-l").is_some() || command.option("--no-log-init").is_some() {
        return;
    }
    let Some(program) = command.program() else { return };
    let end = at.run.place_of_arg(program).end;
    let edit = Edit { range: TextRange::new(end, end), replacement: " --no-log-init".to_owned() };
    sink.report(at.run.place_of_arg(word), "the log of logins becomes a file of gigabytes")
        .unlike_hadolint(
            !command.args().iter().any(|arg| !arg.text.starts_with("--") && arg.text.ends_with('u')),
        )
        .fix("add `--no-log-init`", Safety::Safe, vec![edit])
        .effects([Effect::Changes("/var/log".into())]);
}

/// The number behind options in one word, as in `-mu 1234567`.
fn clustered<'b>(command: &'b Invocation<'_>) -> Option<(&'b str, &'b Arg<'b>)> {
    let is_last = |text: &str| {
        text.len() > 2 && text.starts_with('-') && !text.starts_with("--") && text.ends_with('u')
    };
    let args = command.args();
    let at = args.iter().position(|arg| is_last(&arg.text))?;
    args.get(at + 1).map(|arg| (arg.text.as_ref(), arg))
}
