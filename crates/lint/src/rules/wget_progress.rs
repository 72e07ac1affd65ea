//! # wget-progress
//!
//! ## What it does
//! Finds `wget` without an option for its progress: `--progress=…`, `-q`, `-nv`, or a log file.
//!
//! ## Why
//! Without a terminal each part of a progress bar is a line, so that what matters drowns in thousands of lines.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN wget https://example.com/a
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! RUN wget --progress=dot:giga https://example.com/a
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM alpine:3.22
//! RUN wget -q https://example.com/a
//! USER 1000
//! ```

use crate::context::Context;
use crate::rule::{At, Check, Rule};
use crate::script::SystemShell;
use crate::sink::Sink;
use facts::{Safety, Severity};
use shell::Invocation;

pub(crate) static RULE: Rule = Rule {
    code: "CO421",
    name: "wget-progress",
    aliases: &["DL3047"],
    severity: Severity::Info,
    summary: "wget fills the log with its progress",
    enabled: true,
    check: Check::Command(&["wget"], check),
    source: include_str!("wget_progress.rs"),
};

/// Options that decide about the progress, or with which nothing is fetched.
const DECIDED: &[&str] = &[
    "--append-output",
    "--help",
    "--no-verbose",
    "--output-file",
    "--progress",
    "--quiet",
    "--version",
    "-V",
    "-h",
];

fn check(context: &Context<'_>, at: &At<'_, '_>, sink: &mut Sink<'_>) {
    let command = &at.item.command;
    let fetches = command.args().iter().any(|arg| !arg.is_option() || is_list(&arg.text));
    if !fetches || DECIDED.iter().any(|option| command.option(option).is_some()) || is_quiet(command) {
        return;
    }
    let Some(program) = command.program() else { return };
    // busybox knows no other option for this.
    let gnu = matches!(SystemShell::of_stage(context, at.step.stage), SystemShell::Dash | SystemShell::Bash);
    let option = if gnu { "--progress=dot:giga" } else { "-q" };
    let draft = sink
        .report(at.run.place_of_arg(program), "the progress of `wget` fills the log")
        .help(format!("add `{option}`"));
    let read = command.command().redirects().any(|redirect| redirect.descriptor() == Some(2));
    let fix = at.run.insert_behind(context.text(), program, &format!(" {option}")).filter(|_| !read);
    if let Some(edit) = fix {
        draft.fix(format!("add `{option}`"), Safety::Safe, vec![edit]);
    }
}

/// Whether an option names a file with addresses.
fn is_list(option: &str) -> bool {
    option.starts_with("-i") || option.starts_with("--input-file")
}

/// `-q`, `-nv`, and `-o` or `-a` with a log file, alone or in a cluster.
fn is_quiet(command: &Invocation<'_>) -> bool {
    let clusters = command
        .args()
        .iter()
        .map(|arg| arg.text.as_ref())
        .filter(|text| text.len() > 1 && text.starts_with('-') && !text.starts_with("--"));
    clusters.into_iter().any(|text| {
        // `-n` takes one more letter, `-O` and `-P` the rest.
        let own = text[1..]
            .split(['O', 'P', 'T', 't', 'w', 'U', 'A', 'R', 'D', 'I', 'X', 'l', 'e', 'B'])
            .next()
            .unwrap_or_default();
        own.contains("nv")
            || own.replace("nc", "").replace("nd", "").replace("nH", "").contains(['q', 'o', 'a'])
    })
}
