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
use shell::{Command, Invocation, Node, Pipeline};

use crate::context::Context;
use crate::model::{RunStep, Step};
use crate::rule::{Check, Rule};
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
    for item in &run.commands {
        let download = match item.command.command().input() {
            Some(input) if reads_program(&item.command) => piped(input),
            _ => substituted(&item.command),
        };
        if let Some(download) = download {
            report(run, &download, &item.command, sink);
        }
    }
}

fn downloads(command: &Invocation<'_>) -> bool {
    matches!(command.name(), "curl" | "wget")
        && command.args().iter().any(|word| word.text.contains("://") || word.text.contains('$'))
}

/// Whether a command runs what it reads from its input.
fn reads_program(command: &Invocation<'_>) -> bool {
    let name = command.name();
    let mut args = command.args().iter().map(|word| word.text.as_ref());
    if SHELLS.contains(&name) {
        // `sh -c` and `sh script` do not read their input as a program.
        return args.next().is_none_or(|first| first.starts_with('-') && first != "-c");
    }
    INTERPRETERS.contains(&name) && args.next().is_none_or(|first| first == "-")
}

/// The download whose output gets to the end of a pipeline, unless something on the way sorts out what it reads.
/// `input` is the last command before the end.
fn piped(input: Node<'_>) -> Option<Invocation<'_>> {
    let mut next = Some(input);
    while let Some(node) = next {
        let found: Vec<Invocation<'_>> =
            node.descendants().filter_map(Command::cast).map(Invocation::new).collect();
        if found.iter().any(|command| FILTERS.contains(&command.name())) {
            return None;
        }
        if let Some(download) = found.into_iter().find(downloads) {
            return Some(download);
        }
        next = Pipeline::around(node).and_then(|pipeline| pipeline.before(node));
    }
    None
}

/// The download in `$(…)` or `<(…)` that an argument of a shell begins with.
fn substituted<'a>(shell: &Invocation<'a>) -> Option<Invocation<'a>> {
    if !SHELLS.contains(&shell.name()) {
        return None;
    }
    shell.args().iter().find_map(|arg| {
        let piece = arg.word.pieces().next().filter(|piece| piece.node.kind().is_substitution())?;
        let first = piece.node.descendants().find_map(Command::cast)?;
        Some(Invocation::new(first)).filter(downloads)
    })
}

fn report(run: &RunStep<'_>, download: &Invocation<'_>, shell: &Invocation<'_>, sink: &mut Sink<'_>) {
    let range = run.place_of_command(download).cover(run.place_of_command(shell));
    let name = shell.name();
    sink.report(range, format!("what is downloaded is run by `{name}` without a check"))
        .help("download to a file, compare its checksum (`ADD --checksum=…` does both), then run it");
}
