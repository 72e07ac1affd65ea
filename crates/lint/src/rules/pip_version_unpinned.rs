//! # pip-version-unpinned
//!
//! ## What it does
//! Finds packages that `pip install` or `pipx install` gets without a version. With a file of requirements or
//! constraints the versions are taken to stand there; directories and files have none.
//!
//! ## Why
//! The build takes the version that is newest on its day: the image is another one with each release, and a release
//! that breaks, or is taken over by an attacker, gets in unseen.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM python:3.13-slim
//! RUN pip install --no-cache-dir flask
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM python:3.13-slim
//! RUN pip install --no-cache-dir flask==3.1.0
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Package, Verb, report_loose};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::Severity;

pub(crate) static RULE: Rule = Rule {
    code: "CO630",
    name: "pip-version-unpinned",
    aliases: &["DL3013", "unpinned_package_version_in_pip_install", "AC_DOCKER_0010"],
    severity: Severity::Warning,
    summary: "pip installs a package without a version",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("pip_version_unpinned.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    if matches!(call.manager().name, "pip" | "pipx") && call.verb() == Verb::Install && !call.has_file() {
        let unseen = |package: Package<'_, '_>| !package.is_loose() || package.text.contains("://git@");
        let unlike =
            call.packages(step).into_iter().all(unseen) || call.operands().any(|arg| arg.text == ".");
        let draft = report_loose(context, step, call, sink);
        draft.map(|draft| draft.unlike_hadolint(unlike));
    }
}
