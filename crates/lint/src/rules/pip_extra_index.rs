//! # pip-extra-index
//!
//! ## What it does
//! Finds `pip install --extra-index-url`.
//!
//! ## Why
//! pip prefers the highest version, from whichever index. Who publishes a package of the same name on `PyPI` decides
//! what is installed.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM python:3.13-slim
//! RUN pip install --no-cache-dir --extra-index-url https://pypi.example.com/simple tool==1.2
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM python:3.13-slim
//! RUN pip install --no-cache-dir --index-url https://pypi.example.com/simple tool==1.2
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::Severity;

pub(crate) static RULE: Rule = Rule {
    code: "CO656",
    name: "pip-extra-index",
    aliases: &["dockerfile-pip-extra-index-url"],
    severity: Severity::Info,
    summary: "pip takes packages from whichever index has the highest version",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("pip_extra_index.rs"),
};

fn check(_context: &Context<'_>, _step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    if !call.is("pip", Verb::Install) || call.has(&["--require-hashes"]) {
        return;
    }
    let Some(option) = call.option(&["--extra-index-url"]) else { return };
    let public = |url: &str| PUBLIC.iter().any(|known| url.contains(known));
    if call.values(&["--extra-index-url"]).all(public) {
        return;
    }
    sink.report(call.run.place_of_arg(option), "a package of the same name on another index may be taken")
        .help("use one `--index-url` that has all packages, or pin packages by `--require-hashes`");
}

/// Public indexes, whose packages are their own names or builds of those on `PyPI`.
const PUBLIC: &[&str] = &["download.pytorch.org", "pypi.org", "pypi.nvidia.com", "www.piwheels.org"];
