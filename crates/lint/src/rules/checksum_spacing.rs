//! # checksum-spacing
//!
//! ## What it does
//! Finds `echo "<digest> <file>" | sha256sum -c` with one blank.
//!
//! ## Why
//! Two characters stand between them: a blank, and a blank or `*`. busybox refuses the line, so the check fails on
//! Alpine.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM alpine:3.22
//! RUN wget -q https://example.com/tool && echo "24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d tool" | sha256sum -c
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM alpine:3.22
//! RUN set -o pipefail && wget -q https://example.com/tool https://example.com/tool.sha256 && echo "$(cat tool.sha256)  tool" | sha256sum -c
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM alpine:3.22
//! RUN wget -q https://example.com/tool && echo "24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d  tool" | sha256sum -c
//! USER 1000
//! ```

use crate::context::Context;
use crate::rule::{At, Check, Rule};
use crate::sink::Sink;
use facts::Severity;
use shell::{Command, Invocation};

pub(crate) static RULE: Rule = Rule {
    code: "CO432",
    name: "checksum-spacing",
    aliases: &["sha256sumEchoOneSpaces"],
    severity: Severity::Warning,
    summary: "a checksum and its file are one blank apart",
    enabled: true,
    check: Check::Command(&["sha1sum", "sha224sum", "sha256sum", "sha384sum", "sha512sum", "md5sum"], check),
    source: include_str!("checksum_spacing.rs"),
};

fn check(context: &Context<'_>, at: &At<'_, '_>, sink: &mut Sink<'_>) {
    let command = &at.item.command;
    let small = context.root_image(at.step.stage).is_some_and(|(name, tag)| {
        matches!(name.as_str(), "alpine" | "busybox") || tag.is_some_and(|tag| tag.contains("alpine"))
    });
    let installs = at.run.calls().any(|call| call.operands().any(|arg| arg.text.starts_with("coreutils")));
    let Some(input) = command.command().input().and_then(Command::cast).filter(|_| small && !installs) else {
        return;
    };
    let echo = Invocation::new(input);
    if echo.name() != "echo" || command.option("-c").is_none() {
        return;
    }
    let texts: Vec<&str> =
        echo.args().iter().filter(|arg| !arg.is_option()).map(|arg| arg.text.as_ref()).collect();
    let line = texts.join(" ");
    // What a command in the line prints is not known, and the blanks within it are its own.
    let line = line.rfind([')', '`']).map_or(line.as_str(), |at| &line[at..]);
    if line.split_once(' ').is_some_and(|(_, file)| !file.starts_with([' ', '*'])) {
        sink.report(at.run.place_of_command(&echo), "two blanks have to stand before the name of the file")
            .help("busybox takes no line with one");
    }
}
