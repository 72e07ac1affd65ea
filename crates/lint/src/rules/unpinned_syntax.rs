//! # unpinned-syntax
//!
//! ## What it does
//! Finds `# syntax=docker/dockerfile` without a version, with `latest`, or with a version of the labs channel.
//!
//! ## Why
//! The language of the file can then change from one build to the next. Off by default.
//!
//! ## Example
//! ```dockerfile,bad
//! # syntax=docker/dockerfile:latest
//! FROM debian:12
//! USER 1000
//! ```
//! ```dockerfile,good
//! # syntax=docker/dockerfile:1
//! FROM debian:12
//! USER 1000
//! ```

use facts::Severity;

use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO313",
    name: "unpinned-syntax",
    aliases: &["unpinned-syntax-directive"],
    severity: Severity::Info,
    summary: "the frontend of a syntax directive has no version",
    enabled: false,
    check: Check::File(check),
    source: include_str!("unpinned_syntax.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let text = context.text();
    let mut directives = context.parse.directives().iter();
    let Some(syntax) = directives.find(|item| item.name_text(text).eq_ignore_ascii_case("syntax")) else {
        return;
    };
    let value = syntax.value_text(text);
    let tag = value.rsplit_once(':').map(|(_, tag)| tag).filter(|tag| !tag.contains('/'));
    let open =
        tag.is_none_or(|tag| tag == "latest" || tag == "labs" || tag.ends_with("-labs") || tag == "master");
    if open && !value.contains('@') {
        sink.report(syntax.value, format!("the frontend `{value}` has no fixed version"))
            .help("write `docker/dockerfile:1`, which gets compatible versions only");
    }
}
