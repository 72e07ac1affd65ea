//! # go-version-unpinned
//!
//! ## What it does
//! Finds packages that `go install`, `go get` or `go run` gets without `@version`, or with `@latest`. Directories,
//! packages of the standard library and those of the module itself have none; in a module, `go install` and `go run`
//! take the version of its `go.mod`.
//!
//! ## Why
//! The build takes the version that is newest on its day: the image is another one with each release, and a release
//! that breaks, or is taken over by an attacker, gets in unseen.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM golang:1.24
//! RUN go install golang.org/x/tools/cmd/stringer@latest
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM golang:1.24
//! RUN go install golang.org/x/tools/cmd/stringer@v0.34.0
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Package, Pin, Verb, report_loose_if};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::Severity;

pub(crate) static RULE: Rule = Rule {
    code: "CO638",
    name: "go-version-unpinned",
    aliases: &["DL3062"],
    severity: Severity::Warning,
    summary: "go installs or runs a package without a version",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("go_version_unpinned.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    let wanted = match call.verb() {
        Verb::Install => usize::MAX,
        // The rest are arguments of the program.
        Verb::Run => 1,
        _ => return,
    };
    if call.manager().name != "go" || (!call.says("get") && is_in_module(context, step)) {
        return;
    }
    let first: Vec<_> = call.operands().take(wanted).map(shell::Arg::range).collect();
    report_loose_if(context, step, call, sink, |package| {
        first.contains(&package.arg.range()) && !is_standard(&package.text) && !is_own(call, &package.text)
    });
}

/// Whether the version of a package is that of a module, of the compiler, or of the file it is.
pub(super) fn is_left_to_module(
    context: &Context<'_>,
    step: &Step<'_>,
    call: &Call<'_, '_>,
    package: &Package<'_, '_>,
) -> bool {
    let text = package.text.as_str();
    if !package.is_loose() {
        return package.pin == Pin::Local && !text.starts_with(['.', '/']);
    }
    !call.says("get") && is_in_module(context, step) || is_standard(text) || is_own(call, text)
}

/// Whether files of the context are there, so that a `go.mod` may be.
fn is_in_module(context: &Context<'_>, step: &Step<'_>) -> bool {
    let mut copies = context.stages[step.stage].copies();
    copies.any(|(other, copy)| copy.is_context && other.index < step.index)
}

fn is_standard(package: &str) -> bool {
    matches!(package, "all" | "cmd" | "std" | "tool") || package.starts_with("cmd/")
}

/// Whether the package is one of the module in whose directory the command runs, as in a workspace of old.
fn is_own(call: &Call<'_, '_>, package: &str) -> bool {
    let module: Vec<&str> = package.split('/').take(3).collect();
    let root = format!("/src/{}", module.join("/"));
    module.len() == 3 && call.item.cwd.as_deref().is_some_and(|cwd| cwd.contains(&root))
}
