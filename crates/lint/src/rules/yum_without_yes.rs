//! # yum-without-yes
//!
//! ## What it does
//! Finds `yum install` and its like without `-y`.
//!
//! ## Why
//! There is nobody to answer its question, so the build stops.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM centos:7
//! RUN yum install vim-9.1 && yum clean all
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM centos:7
//! RUN yum install -y vim-9.1 && yum clean all
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM centos:7
//! RUN yum -y install vim-9.1 && yum clean all
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb, add_option, is_answered};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::{Safety, Severity};

pub(crate) static RULE: Rule = Rule {
    code: "CO612",
    name: "yum-without-yes",
    aliases: &[
        "DL3030",
        "missing-yum-assume-yes-switch",
        "yum_install_allows_manual_input",
        "AC_DOCKER_0004",
    ],
    severity: Severity::Warning,
    summary: "yum install asks a question that nobody answers",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("yum_without_yes.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    let silent = call.has(&["-y", "--assumeyes", "--assumeno", "--downloadonly"])
        || call.values(&["--setopt"]).any(|value| matches!(value, "assumeyes=1" | "assumeyes=True"));
    if !call.is("yum", Verb::Install) || silent || is_answered(step, call) {
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
