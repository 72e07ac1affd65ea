//! # maintainer
//!
//! ## What it does
//! Finds `MAINTAINER`.
//!
//! ## Why
//! It is deprecated; a label is found by tools.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! MAINTAINER Jo <jo@example.com>
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12
//! LABEL org.opencontainers.image.authors="Jo <jo@example.com>"
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! LABEL org.opencontainers.image.authors="Jo <jo@example.com>"
//! USER 1000
//! ```

use facts::{Effect, Safety, Severity};
use kit::Edit;
use syntax::{Keyword, Statement};

use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO804",
    name: "maintainer",
    aliases: &[
        "MaintainerDeprecated",
        "DL4000",
        "DS-0022",
        "CKV_DOCKER_6",
        "S6586",
        "maintainer-is-deprecated",
        "maintainer_instruction_being_used",
        "maintainer_deprecated",
        "DEPRECATED_MAINTAINER",
    ],
    severity: Severity::Warning,
    summary: "MAINTAINER is deprecated",
    enabled: true,
    check: Check::File(check),
    source: include_str!("maintainer.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (instruction, statement) in context.items() {
        let name = match statement {
            Some(Statement::Maintainer(name)) => Some(name),
            None if instruction.kind == Keyword::Maintainer => None,
            _ => continue,
        };
        let range = name.map_or(instruction.keyword, |name| instruction.keyword.cover(name.range));
        let draft = sink
            .report(range, "`MAINTAINER` is deprecated")
            .buildkit(
                context.parse,
                instruction,
                "Maintainer instruction is deprecated in favor of using label",
            )
            .help("write `LABEL org.opencontainers.image.authors=…`");
        if let Some(name) = name.filter(|_| !range.slice(context.text()).contains('\n')) {
            let value = quoted(&name.value, context.parse.escape());
            let label = format!("LABEL org.opencontainers.image.authors={value}");
            draft
                .fix("make it a label", Safety::Safe, vec![Edit { range, replacement: label }])
                .effects([Effect::Config("Labels"), Effect::Config("author")]);
        }
    }
}

/// A text in double quotes, in which nothing is replaced.
fn quoted(text: &str, escape: char) -> String {
    let text = text.trim();
    let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let mut out = String::from('"');
    for ch in bare.chars() {
        if ch == '"' || ch == '$' || ch == escape {
            out.push(escape);
        }
        out.push(ch);
    }
    out.push('"');
    out
}
