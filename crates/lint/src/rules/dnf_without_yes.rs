//! # dnf-without-yes
//!
//! ## What it does
//! Finds `dnf install` and its like without `-y`.
//!
//! ## Why
//! There is nobody to answer its question, so the build stops.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM fedora:42
//! RUN dnf install vim-9.1 && dnf clean all
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM fedora:42
//! RUN dnf install -y vim-9.1 && dnf clean all
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM fedora:42
//! ARG DNF_FLAGS="-y --setopt=install_weak_deps=False"
//! RUN dnf install ${DNF_FLAGS} vim-9.1 && dnf clean all
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM fedora:42
//! RUN dnf -y install vim-9.1 && dnf clean all
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb, add_option, is_answered};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::{Safety, Severity};

pub(crate) static RULE: Rule = Rule {
    code: "CO616",
    name: "dnf-without-yes",
    aliases: &["DL3038", "missing-dnf-assume-yes-switch", "missing_flag_from_dnf_install"],
    severity: Severity::Warning,
    summary: "dnf install asks a question that nobody answers",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("dnf_without_yes.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    let silent = call.has(&["-y", "--assumeyes", "--assumeno", "--downloadonly"])
        || call.values(&["--setopt"]).any(|value| matches!(value, "assumeyes=1" | "assumeyes=True"));
    if !call.is("dnf", Verb::Install) || silent || is_answered(step, call) {
        return;
    }
    let draft = sink
        .report(call.head(), format!("`{} install` waits for an answer", call.program()))
        .help("add `-y`: there is nobody to answer")
        .unlike_hadolint(["reinstall", "swap"].iter().any(|verb| call.says(verb)));
    if let Some(edit) = add_option(context, call, "-y") {
        draft.fix("add `-y`", Safety::Safe, vec![edit]);
    }
}
