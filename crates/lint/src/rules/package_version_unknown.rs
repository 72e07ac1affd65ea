//! # package-version-unknown
//!
//! ## What it does
//! Finds what package managers install where the file does not tell whether it has a version: packages that are named by
//! variables or by the output of commands, files and addresses whose names have no version, and what Go takes from a module.
//!
//! ## Why
//! Each of them can be another one tomorrow. Where the version is in the variable, in `go.mod` or in the file, a comment can
//! say so.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! ARG PACKAGES
//! RUN apt-get update && apt-get install -y --no-install-recommends $PACKAGES && rm -rf /var/lib/apt/lists/*
//! USER 1000
//! ```
//! ```dockerfile,bad
//! FROM fedora:42
//! RUN dnf install -y https://example.com/tool.rpm && dnf clean all
//! USER 1000
//! ```
//! ```dockerfile,bad
//! FROM golang:1.24
//! COPY . .
//! RUN go install golang.org/x/tools/cmd/stringer
//! USER 1000
//! ```
//! ```dockerfile,bad
//! FROM node:22-slim
//! RUN npm install -g example/tool#v1
//! USER node
//! ```
//! ```dockerfile,good
//! FROM node:22-slim
//! RUN npm install -g example/tool#0123456789abcdef0123456789abcdef01234567 && npm cache clean --force
//! USER node
//! ```
//! ```dockerfile,good
//! FROM fedora:42
//! RUN dnf install -y https://example.com/tool-1.2-3.rpm && dnf clean all
//! USER 1000
//! ```

use facts::Severity;
use kit::TextRange;

use super::go_version_unpinned;
use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Package, Pin, Verb};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO657",
    name: "package-version-unknown",
    aliases: &["DL3008", "DL3013", "DL3016", "DL3018", "DL3028", "DL3033", "DL3037", "DL3041", "DL3062"],
    severity: Severity::Style,
    summary: "whether a package has a version cannot be told",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("package_version_unknown.rs"),
};

/// Managers, and what the finding is called elsewhere.
const MANAGERS: &[(&str, &str)] = &[
    ("apk", "DL3018"),
    ("apt", "DL3008"),
    ("dnf", "DL3041"),
    ("gem", "DL3028"),
    ("go", "DL3062"),
    ("npm", "DL3016"),
    ("pip", "DL3013"),
    ("yum", "DL3033"),
    ("zypper", "DL3037"),
];

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    let name = call.manager().name;
    let Some((_, alias)) = MANAGERS.iter().find(|(manager, _)| *manager == name) else { return };
    if !matches!(call.verb(), Verb::Install | Verb::Run) || call.has_file() || has_other_versions(call) {
        return;
    }
    let wanted = if call.verb() == Verb::Run { 1 } else { usize::MAX };
    let mut packages = call.packages(step);
    packages.truncate(wanted);
    packages.retain(|package| {
        package.pin == Pin::Unknown
            || is_bare_file(name, package)
            || moves(name, call, package)
            || name == "go" && go_version_unpinned::is_left_to_module(context, step, call, package)
    });
    let places = packages.iter().map(|package| call.run.place_of_arg(package.arg));
    if let Some(range) = places.reduce(TextRange::cover) {
        sink.report(range, "whether this has a version cannot be told")
            .help("write the version behind the name")
            .aliases([*alias]);
    }
}

/// Whether something else says the versions, as in `gem install a -v 1`, or there are none, as of groups of dnf.
fn has_other_versions(call: &Call<'_, '_>) -> bool {
    match call.manager().name {
        "gem" => call.has(&["-v", "--version"]),
        "yum" if call.says("group install") => false,
        "dnf" | "yum" => !call.says("install") && !call.says("module install"),
        "npm" => !call.says("install"),
        // With the project itself come the versions that it asks for.
        "pip" => call.operands().any(|arg| arg.text == "."),
        _ => false,
    }
}

/// Whether what stands for the version of a package of dnf or yum fits several: a pattern, a range, a stream, or a group.
fn moves(manager: &str, call: &Call<'_, '_>, package: &Package<'_, '_>) -> bool {
    let text = package.text.as_str();
    let is_stream = || text.starts_with('@') && text.contains(':');
    match manager {
        "yum" if call.says("group install") => true,
        "dnf" | "yum" if call.says("install") => {
            !package.is_loose() && (text.contains(['*', '<', '>']) || is_stream())
        }
        _ => false,
    }
}

/// Whether it is a file or an address whose name has no version.
fn is_bare_file(manager: &str, package: &Package<'_, '_>) -> bool {
    let text = package.text.as_str();
    let is_file = matches!(package.pin, Pin::Local | Pin::Remote);
    let has_number =
        |text: &str| text.split('-').skip(1).any(|part| part.starts_with(|ch: char| ch.is_ascii_digit()));
    is_file
        && match manager {
            "dnf" | "yum" => !has_number(text),
            "gem" => true,
            "npm" => {
                !is_settled(text) && !["/", "./", "../", "~/"].iter().any(|begin| text.starts_with(begin))
            }
            "pip" => is_archive(text) && !text.contains(['/', ':']) || text.starts_with(".["),
            _ => false,
        }
}

/// Whether a file, an address or a repository is taken to stay what it is: an archive, or a repository with its commit.
/// Behind `git+…` whatever is named is taken for one, as by other tools.
fn is_settled(text: &str) -> bool {
    match text.split_once('#') {
        Some((address, _)) if is_git(address) => true,
        Some((_, commit)) => commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => [".tgz", ".tar.gz", ".tar"].iter().any(|end| text.ends_with(end)),
    }
}

/// Whether the address of a repository begins with the protocol of git.
fn is_git(address: &str) -> bool {
    address.starts_with("git@")
        || address.split_once("://").is_some_and(|(scheme, _)| scheme.starts_with("git"))
}

/// Archives of sources that pip installs, besides the usual `.tar.gz`.
fn is_archive(text: &str) -> bool {
    [".zip", ".tgz", ".tar.bz2"].iter().any(|end| text.ends_with(end))
}
