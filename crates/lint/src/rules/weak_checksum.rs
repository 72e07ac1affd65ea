//! # weak-checksum
//!
//! ## What it does
//! Finds `md5sum -c` and `sha1sum -c`.
//!
//! ## Why
//! Another file with the same checksum can be made: for MD5 within seconds.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN curl -fsSLO https://example.com/tool && echo "d41d8cd98f00b204e9800998ecf8427e  tool" | md5sum -c
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN curl -fsSLO https://example.com/tool && echo "24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d  tool" | sha256sum -c
//! USER 1000
//! ```

use crate::context::Context;
use crate::rule::{At, Check, Rule};
use crate::sink::Sink;
use facts::Severity;

pub(crate) static RULE: Rule = Rule {
    code: "CO427",
    name: "weak-checksum",
    aliases: &["S4790"],
    severity: Severity::Info,
    summary: "a download is checked by a weak checksum",
    enabled: true,
    check: Check::Command(&["md5sum", "sha1sum"], check),
    source: include_str!("weak_checksum.rs"),
};

fn check(_context: &Context<'_>, at: &At<'_, '_>, sink: &mut Sink<'_>) {
    let command = &at.item.command;
    let checks = ["-c", "--check"].iter().any(|option| command.option(option).is_some());
    let strong = ["sha256sum", "sha384sum", "sha512sum", "gpg", "gpgv", "b2sum", "cosign"];
    if checks && at.run.named(&strong).next().is_none() {
        let name = command.name();
        sink.report(
            at.run.place_of_command(command),
            format!("`{name}` does not tell a forged file from the right one"),
        )
        .help("use `sha256sum`");
    }
}
