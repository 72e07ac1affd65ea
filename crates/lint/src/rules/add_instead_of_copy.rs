//! # add-instead-of-copy
//!
//! ## What it does
//! Finds `ADD` of files and directories of the context that are no archives.
//!
//! ## Why
//! `COPY` does the same and nothing else. `ADD` unpacks archives and fetches URLs, so that a reader has to look twice.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! ADD app /usr/local/bin/app
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12
//! COPY app /usr/local/bin/app
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! COPY app /usr/local/bin/app
//! USER 1000
//! ```

use facts::{Safety, Severity};
use kit::Edit;
use syntax::{Keyword, Spanned, Statement};

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use crate::workdirs::{Before, workdir_before};

pub(crate) static RULE: Rule = Rule {
    code: "CO704",
    name: "add-instead-of-copy",
    aliases: &[
        "DL3020",
        "DS-0005",
        "CKV_DOCKER_4",
        "CIS-DI-0009",
        "S7029",
        "prefer-copy-over-add",
        "add_instead_of_copy",
        "AC_DOCKER_0032",
    ],
    severity: Severity::Warning,
    summary: "ADD does what COPY does",
    enabled: true,
    check: Check::StepOrTrigger(check),
    source: include_str!("add_instead_of_copy.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(Statement::Add(add)) = step.statement else { return };
    if !is_copy(step, add) {
        return;
    }
    let range = step.instruction.keyword;
    let draft = sink
        .report(range, "`ADD` of files that are no archives")
        .help("use `COPY`")
        .unlike_hadolint(step.instruction.kind == Keyword::Onbuild)
        .unlike_checkov(step.instruction.kind == Keyword::Onbuild);
    let has_flags = add.keep_git_dir.is_some() || add.unpack.is_some();
    if range.slice(context.text()).eq_ignore_ascii_case("ADD")
        && !has_flags
        && is_plain(add)
        && is_clear(context, step, add)
    {
        let copy = if range.slice(context.text()) == "add" { "copy" } else { "COPY" };
        draft.fix("use `COPY`", Safety::Safe, vec![Edit { range, replacement: copy.to_owned() }]);
    }
}

/// Whether the target is one that the rules on COPY have nothing to say of.
fn is_clear(context: &Context<'_>, step: &Step<'_>, add: &syntax::Copy) -> bool {
    let several = add.sources.len() + add.heredocs.len() > 1;
    let dest = add.dest.value.as_str();
    (dest.starts_with('/') || workdir_before(context, step) != Before::Base)
        && (!several || dest.ends_with('/'))
}

/// Whether COPY does the same for one of the sources.
pub(super) fn is_copy(step: &Step<'_>, add: &syntax::Copy) -> bool {
    let text = |path: &Spanned<String>| step.expand(&path.value).unwrap_or_else(|| path.value.clone());
    let all_special = !add.sources.is_empty() && add.sources.iter().all(|path| is_special(&text(path)));
    add.unpack != Some(true) && add.checksum.is_none() && !all_special
}

/// Whether it does so for all of them for sure: no archive hides behind a variable or a pattern.
fn is_plain(add: &syntax::Copy) -> bool {
    !add.sources.iter().any(|path| is_special(&path.value) || path.value.contains(['$', '*', '?', '[']))
}

/// Ends of the names of what ADD unpacks.
const ARCHIVES: &[&str] = &[
    ".tar", ".gz", ".tgz", ".bz2", ".tbz", ".tbz2", ".tb2", ".xz", ".txz", ".lz", ".tlz", ".lzma", ".z",
    ".tz", ".tpz", ".zst", ".tzst",
];

/// Whether ADD does more with it than COPY: an archive, a URL, a repository, or a name that is not known.
fn is_special(path: &str) -> bool {
    let lower = path.trim_matches(['"', '\'']).to_ascii_lowercase();
    let remote =
        ["http://", "https://", "git@", "git://", "ssh://"].iter().any(|begin| lower.starts_with(begin));
    remote
        || lower.starts_with('$')
        || ARCHIVES.iter().any(|end| lower.ends_with(end))
        || lower.contains(".tar.")
}
