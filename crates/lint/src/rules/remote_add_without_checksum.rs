//! # remote-add-without-checksum
//!
//! ## What it does
//! Finds `ADD` of a URL without `--checksum`, and of a git repository without `--checksum` or a commit as its ref.
//!
//! ## Why
//! Whoever controls the server, or the way to it, decides what gets into the image.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! ADD https://example.com/releases/v1.2.3/tool-linux-amd64 /usr/local/bin/tool
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.com/releases/v1.2.3/tool-linux-amd64 /usr/local/bin/tool
//! USER 1000
//! ```

use facts::Severity;

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO401",
    name: "remote-add-without-checksum",
    aliases: &[],
    severity: Severity::Warning,
    summary: "ADD of a URL without a checksum",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("remote_add_without_checksum.rs"),
};

fn check(_context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(statement) = step.copy_statement().filter(|copy| copy.checksum.is_none()) else { return };
    if !step.copy().is_some_and(|copy| copy.is_add) {
        return;
    }
    for source in &statement.sources {
        let url = step.expand(&source.value).unwrap_or_else(|| source.value.clone());
        if is_git(&url) {
            if !is_commit(&url) {
                sink.report(source.range, format!("the repository `{url}` is added without a fixed commit"))
                    .help("add `--checksum=<commit>`, or `#<commit>` to the URL");
            }
        } else if url.starts_with("http://") || url.starts_with("https://") {
            sink.report(source.range, format!("`{url}` is added without a checksum"))
                .help("add `--checksum=sha256:<digest>` with the digest that its publisher states");
        }
    }
}

fn is_git(url: &str) -> bool {
    let path = url.split(['#', '?']).next().unwrap_or_default();
    url.starts_with("git@")
        || url.starts_with("git://")
        || url.starts_with("ssh://")
        || path.starts_with("http") && has_git_end(path)
}

fn has_git_end(path: &str) -> bool {
    path.strip_suffix(".git").is_some()
}

/// Whether the ref is a commit: at least a short one, or a variable that can hold one.
fn is_commit(url: &str) -> bool {
    let Some((_, fragment)) = url.split_once('#') else { return false };
    let name = fragment.split(':').next().unwrap_or_default();
    name.contains('$') || name.len() >= 7 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}
