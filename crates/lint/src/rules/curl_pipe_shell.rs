//! # curl-pipe-shell
//!
//! ## What it does
//! Finds downloads that are run as they come: `curl … | sh`, `bash <(curl …)`, `sh -c "$(curl …)"`, and the same with
//! wget, Python, Perl, Ruby and Node.
//!
//! ## Why
//! Whoever controls the server, or the way to it, runs commands in the build. What was run cannot be told later, and
//! half a script runs when the connection breaks.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN curl -fsSL https://example.com/install.sh | sh
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.com/install.sh /tmp/install.sh
//! RUN sh /tmp/install.sh && rm /tmp/install.sh
//! USER 1000
//! ```

use facts::Severity;

use crate::context::Context;
use crate::model::{RunCommand, RunStep, Step};
use crate::rule::{Check, Rule};
use crate::shell::Command;
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO402",
    name: "curl-pipe-shell",
    aliases: &["curl-bashing"],
    severity: Severity::Warning,
    summary: "a download is run as it comes",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("curl_pipe_shell.rs"),
};

const SHELLS: &[&str] = &["ash", "bash", "dash", "ksh", "sh", "zsh", "source", ".", "eval"];
const INTERPRETERS: &[&str] = &["node", "perl", "php", "python", "python2", "python3", "ruby"];
/// Commands that check or sort out what they read, so that what follows is not the download as it came.
const FILTERS: &[&str] = &["awk", "cut", "grep", "gpg", "head", "jq", "sort", "tail", "xq", "yq"];

fn check(_context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(run) = step.run() else { return };
    for (at, item) in run.commands.iter().enumerate() {
        if item.command.piped && reads_program(&item.command) {
            if let Some(download) = pipeline(run, at).find(|item| downloads(&item.command)) {
                report(run, download, item, sink);
            }
        } else if let Some(download) = substituted(run, at).filter(|_| SHELLS.contains(&item.command.name()))
        {
            report(run, download, item, sink);
        }
    }
}

fn downloads(command: &Command) -> bool {
    matches!(command.name(), "curl" | "wget")
        && command.args().iter().any(|word| word.text.contains("://") || word.text.contains('$'))
}

/// Whether a command runs what it reads from its input.
fn reads_program(command: &Command) -> bool {
    let name = command.name();
    let mut args = command.args().iter().map(|word| word.text.as_str());
    if SHELLS.contains(&name) {
        // `sh -c` and `sh script` do not read their input as a program.
        return args.next().is_none_or(|first| first.starts_with('-') && first != "-c");
    }
    INTERPRETERS.contains(&name) && args.next().is_none_or(|first| first == "-")
}

/// The commands before `at` in its pipeline, the last first, up to one that sorts out what it reads.
fn pipeline(run: &RunStep, at: usize) -> impl Iterator<Item = &RunCommand> {
    let mut open = true;
    run.commands[..at].iter().rev().take_while(move |item| {
        let go_on = open && !FILTERS.contains(&item.command.name());
        open = item.command.piped;
        go_on
    })
}

/// The download in `$(…)` or `<(…)` of a command's arguments.
fn substituted(run: &RunStep, at: usize) -> Option<&RunCommand> {
    let command = &run.commands[at].command;
    let argument = command.args().iter().find(|word| {
        let text = word.text.as_str();
        ["$(", "<("].iter().any(|open| {
            text.strip_prefix(open).is_some_and(|rest| {
                rest.trim_start().starts_with("curl") || rest.trim_start().starts_with("wget")
            })
        })
    })?;
    let within = |item: &&RunCommand| {
        let range = item.command.range();
        argument.range.start <= range.start && range.end <= argument.range.end
    };
    run.commands[..at].iter().rev().find(|item| within(item) && downloads(&item.command))
}

fn report(run: &RunStep, download: &RunCommand, shell: &RunCommand, sink: &mut Sink<'_>) {
    let (first, last) = (download.command.range(), shell.command.range());
    let range = first.start.min(last.start)..first.end.max(last.end);
    let name = shell.command.name();
    sink.report(run.locate(&range), format!("what is downloaded is run by `{name}` without a check"))
        .help("download to a file, compare its checksum (`ADD --checksum=…` does both), then run it");
}
