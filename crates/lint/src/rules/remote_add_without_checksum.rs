//! # remote-add-without-checksum
//!
//! ## What it does
//! Finds `ADD` of a URL without `--checksum` whose file no later step of the stage checks either, and of a git repository
//! without `--checksum` or a commit as its ref.
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
//! ADD https://example.com/releases/v1.2.3/tool.tar.gz /tmp/tool.tar.gz
//! COPY tool.sha256 /tmp/
//! RUN cd /tmp && sha256sum -c tool.sha256 && tar -xf tool.tar.gz -C /usr/local
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.com/releases/v1.2.3/tool-linux-amd64 /usr/local/bin/tool
//! USER 1000
//! ```

use facts::Severity;
use syntax::{GitRef, Remote};

use super::unverified_download::CHECKS;
use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO401",
    name: "remote-add-without-checksum",
    aliases: &["curl_or_wget_instead_of_add", "AC_DOCKER_0035", "CKV_DOCKER_4", "CIS-DI-0009"],
    severity: Severity::Warning,
    summary: "ADD of a URL without a checksum",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("remote_add_without_checksum.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(statement) = step.copy_statement().filter(|copy| copy.checksum.is_none()) else { return };
    if !step.copy().is_some_and(|copy| copy.is_add) {
        return;
    }
    for source in &statement.sources {
        let url = step.expand(&source.value).unwrap_or_else(|| source.value.clone());
        match Remote::of_source(&url, statement.keep_git_dir.is_some()) {
            Some(Ok(Remote::Git(git))) if !is_fixed(&git) => {
                sink.report(source.range, format!("the repository `{url}` is added without a fixed commit"))
                    .help("add `--checksum=<commit>`, or `#<commit>` to the URL");
            }
            Some(Ok(Remote::Web(_))) if !is_checked_later(context, step) => {
                sink.report(source.range, format!("`{url}` is added without a checksum"))
                    .help("add `--checksum=sha256:<digest>` with the digest that its publisher states");
            }
            _ => {}
        }
    }
}

/// Whether a later step of the stage compares checksums or signatures.
fn is_checked_later(context: &Context<'_>, step: &Step<'_>) -> bool {
    let later = context.stages[step.stage].steps.iter().filter(|other| other.index > step.index);
    later.filter_map(Step::run).any(|run| {
        run.named(CHECKS).any(|item| {
            item.command.args().iter().any(|arg| {
                matches!(
                    arg.text.as_ref(),
                    "-c" | "--check" | "--verify" | "verify" | "verify-blob" | "--status" | "-V" | "-Vm"
                )
            }) || item.command.name() == "gpgv"
        })
    })
}

/// Whether the commit is named: at least shortly, or by a variable that can hold one.
fn is_fixed(git: &GitRef) -> bool {
    let name = git.reference.as_deref().unwrap_or_default();
    let is_commit = name.len() >= 7 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    git.checksum.is_some() || name.contains('$') || is_commit
}
