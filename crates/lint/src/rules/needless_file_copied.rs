//! # needless-file-copied
//!
//! ## What it does
//! Finds `COPY` and `ADD` from the context that name `.git`, the Dockerfile, an ignore file or a compose file.
//!
//! ## Why
//! They make the image larger and tell more than they should.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! COPY .git /app/.git
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! COPY src /app/src
//! USER 1000
//! ```

use facts::Severity;

use crate::context::Context;
use crate::model::Step;
use crate::paths::base_name;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO707",
    name: "needless-file-copied",
    aliases: &["DKL-LI-0003"],
    severity: Severity::Info,
    summary: "a file that no container needs is copied",
    enabled: true,
    check: Check::StepOrTrigger(check),
    source: include_str!("needless_file_copied.rs"),
};

const NEEDLESS: &[&str] = &[
    ".dockerignore",
    ".git",
    ".gitignore",
    ".svn",
    "Dockerfile",
    "compose.yaml",
    "docker-compose.yml",
    "docker-compose.yaml",
];

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(copy) = step.copy().filter(|copy| copy.is_context && context.is_shipped(step.stage)) else {
        return;
    };
    for source in &copy.sources {
        let Some(path) = source.path.as_deref().filter(|path| !path.contains("://")) else { continue };
        if NEEDLESS.contains(&base_name(path)) {
            sink.report(source.range, format!("`{path}` becomes part of the image"))
                .help("leave it out, or list it in `.dockerignore`");
        }
    }
}
