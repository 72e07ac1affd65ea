//! # curl-without-fail
//!
//! ## What it does
//! Finds `curl` that writes to a file or a pipe without `-f`.
//!
//! ## Why
//! When the server answers with an error, curl writes the page that says so, and the build goes on with it. With `-f`
//! the step fails where the mistake is.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN curl -sSL -o /data https://example.com/data
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! RUN curl -f -sSL -o /data https://example.com/data
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN curl -fsSL -o /data https://example.com/data
//! USER 1000
//! ```

use crate::context::Context;
use crate::rule::{At, Check, Rule};
use crate::sink::Sink;
use facts::{Safety, Severity};
use shell::Invocation;

pub(crate) static RULE: Rule = Rule {
    code: "CO422",
    name: "curl-without-fail",
    aliases: &["curlUseFlagF"],
    severity: Severity::Info,
    summary: "curl writes an error page as if it were the file",
    enabled: true,
    check: Check::Command(&["curl"], check),
    source: include_str!("curl_without_fail.rs"),
};

fn check(context: &Context<'_>, at: &At<'_, '_>, sink: &mut Sink<'_>) {
    let command = &at.item.command;
    if !writes(command) || fails(command) {
        return;
    }
    let Some(program) = command.program() else { return };
    let draft = sink
        .report(at.run.place_of_arg(program), "an error page of the server is taken for the file")
        .help("add `-f`");
    if let Some(edit) = at.run.insert_behind(context.text(), program, " -f") {
        draft.fix("add `-f`", Safety::Unsafe, vec![edit]);
    }
}

/// Whether what it fetches goes to a file or another program.
fn writes(command: &Invocation<'_>) -> bool {
    let simple = command.command();
    let file = ["-o", "-O", "--output", "--remote-name", "--remote-name-all"];
    let uploads = [
        "-d",
        "-F",
        "-T",
        "-X",
        "-I",
        "--data",
        "--data-raw",
        "--form",
        "--upload-file",
        "--request",
        "--head",
        "-w",
    ];
    let fetches = command.args().iter().any(|arg| arg.text.contains("://") || arg.text.contains('$'));
    let redirected = || {
        simple
            .redirects()
            .any(|redirect| redirect.writes() && redirect.descriptor().is_none_or(|number| number == 1))
    };
    let to_null = command.args().iter().any(|arg| arg.text == "/dev/null");
    fetches
        && !to_null
        && !uploads.iter().any(|option| has(command, option))
        && (file.iter().any(|option| has(command, option)) || simple.output().is_some() || redirected())
}

fn fails(command: &Invocation<'_>) -> bool {
    ["-f", "--fail", "--fail-with-body", "--fail-early", "-K", "--config"]
        .iter()
        .any(|option| has(command, option))
}

/// Whether curl has an option; in a cluster of short ones, those behind one with a value are no options.
fn has(command: &Invocation<'_>, option: &str) -> bool {
    const VALUED: &str = "oHAudbcCDeEFmPQrtTUwxXyYzK";
    command.args().iter().any(|arg| match option.strip_prefix('-').filter(|rest| rest.len() == 1) {
        Some(letter) if arg.is_option() && !arg.text.starts_with("--") => {
            let end = arg.text.find(|ch| VALUED.contains(ch)).map_or(arg.text.len(), |at| at + 1);
            arg.text[1..end].contains(letter)
        }
        Some(_) => false,
        None => arg.text == option || arg.text.strip_prefix(option).is_some_and(|rest| rest.starts_with('=')),
    })
}
