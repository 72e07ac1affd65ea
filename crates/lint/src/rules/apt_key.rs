//! # apt-key
//!
//! ## What it does
//! Finds `apt-key add` and `apt-key adv`.
//!
//! ## Why
//! A key added so may sign packages of every repository. The command is deprecated, and gone in Debian 13.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN curl -fsSL https://example.com/key.asc | apt-key add -
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.com/key.asc /etc/apt/keyrings/example.asc
//! USER 1000
//! ```

use crate::context::Context;
use crate::rule::{At, Check, Rule};
use crate::sink::Sink;
use facts::Severity;

pub(crate) static RULE: Rule = Rule {
    code: "CO654",
    name: "apt-key",
    aliases: &[],
    severity: Severity::Info,
    summary: "apt-key trusts a key for all repositories",
    enabled: true,
    check: Check::Command(&["apt-key"], check),
    source: include_str!("apt_key.rs"),
};

fn check(_context: &Context<'_>, at: &At<'_, '_>, sink: &mut Sink<'_>) {
    let mut operands = at.item.command.operands();
    if operands.any(|word| matches!(word.text.as_ref(), "add" | "adv")) {
        sink.report(at.run.place_of_command(&at.item.command), "the key may sign packages of every repository")
            .help("put the key below `/etc/apt/keyrings` and name it in the source: `[signed-by=/etc/apt/keyrings/NAME.asc]`");
    }
}
