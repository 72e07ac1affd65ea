//! # setuid-file
//!
//! ## What it does
//! Finds `chmod` with `u+s`, `g+s` or a mode like `4755`.
//!
//! ## Why
//! Everybody in the container can run such a program as its owner.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! RUN chmod u+s /usr/local/bin/tool
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! RUN chmod 755 /usr/local/bin/tool
//! USER 1000
//! ```

use facts::Severity;

use crate::context::Context;
use crate::rule::{At, Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO514",
    name: "setuid-file",
    aliases: &["CIS-DI-0008"],
    severity: Severity::Warning,
    summary: "a step makes a file setuid or setgid",
    enabled: true,
    check: Check::Command(&["chmod"], check),
    source: include_str!("setuid_file.rs"),
};

fn check(_context: &Context<'_>, at: &At<'_, '_>, sink: &mut Sink<'_>) {
    let command = &at.item.command;
    // A mode that takes rights away looks like an option.
    let mut modes = command.args().iter().filter(|word| !word.text.starts_with('-'));
    let Some(mode) = modes.next().filter(|word| sets_id(&word.text)) else { return };
    let paths: Vec<&str> = modes.map(|word| word.text.as_ref()).collect();
    if !paths.is_empty() {
        sink.report(
            at.run.place_of_arg(mode),
            format!("with the mode `{}` whoever runs it is its owner meanwhile", mode.text),
        )
        .help("give the program the capability that it needs with `setcap`, or nothing");
    }
}

/// Whether a mode sets the bit for files; directories with it are for groups, and common.
fn sets_id(mode: &str) -> bool {
    let octal = mode.trim_start_matches('0');
    if octal.bytes().all(|byte| (b'0'..=b'7').contains(&byte)) {
        return octal.len() == 4 && matches!(octal.as_bytes()[0], b'4' | b'6');
    }
    mode.split(',').any(|part| {
        part.split_once(['+', '=']).is_some_and(|(who, what)| what.contains('s') && who.contains(['u', 'a']))
    })
}
