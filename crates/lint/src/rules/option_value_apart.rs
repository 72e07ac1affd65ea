//! # option-value-apart
//!
//! ## What it does
//! Finds options of package managers whose value is a word of its own that reads like one more package, where all packages
//! have a version.
//!
//! ## Why
//! `pip install --timeout 100 flask==3.1.0` reads as if `100` were installed, to people and to checkers: hadolint asks for
//! its version. `--timeout=100` leaves no doubt.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM python:3.13-slim
//! RUN pip install --no-cache-dir --timeout 100 flask==3.1.0
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM python:3.13-slim
//! RUN pip install --no-cache-dir --timeout=100 flask==3.1.0
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM python:3.13-slim
//! RUN pip install --no-cache-dir --index-url https://example.com/simple flask==3.1.0
//! USER 1000
//! ```

use facts::{Safety, Severity};
use kit::{Edit, TextRange};
use shell::Arg;

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Package, Pin, Verb};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO662",
    name: "option-value-apart",
    aliases: &["DL3008", "DL3013", "DL3016", "DL3018", "DL3033", "DL3037", "DL3041", "DL3062"],
    severity: Severity::Style,
    summary: "the value of an option reads like a package",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("option_value_apart.rs"),
};

/// Managers, what the finding is called elsewhere, and the options whose values everybody knows to be none.
const MANAGERS: &[(&str, &str, &[&str])] = &[
    ("apk", "DL3018", &["-X", "--repository", "-t", "--virtual"]),
    ("apt", "DL3008", &["-t", "--target-release"]),
    ("dnf", "DL3041", &[]),
    ("go", "DL3062", &[]),
    ("npm", "DL3016", &["--registry", "--loglevel"]),
    ("pip", "DL3013", PIP),
    ("yum", "DL3033", &[]),
    ("zypper", "DL3037", &[]),
];

const PIP: &[&str] = &[
    "-t",
    "--target",
    "-i",
    "--index-url",
    "--extra-index-url",
    "-f",
    "--find-links",
    "--platform",
    "--python-version",
    "--implementation",
    "--abi",
    "--root",
    "--prefix",
    "--src",
    "-b",
    "--build",
    "--upgrade-strategy",
    "--no-binary",
    "--only-binary",
    "--progress-bar",
    "--root-user-action",
    "--proxy",
    "--trusted-host",
    "--python",
];

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    let manager = call.manager();
    let Some((_, alias, known)) = MANAGERS.iter().find(|(name, ..)| *name == manager.name) else { return };
    let installs = call.verb() == Verb::Install || manager.name == "go" && call.verb() == Verb::Run;
    // The rules on versions say enough where a package has none.
    if !installs || call.has_file() || call.packages(step).iter().any(Package::is_loose) {
        return;
    }
    let apart = call.values_apart().find(|(option, value)| {
        !known.contains(&option.text.as_ref()) && reads_like_package(manager.name, manager.pin, value)
    });
    let Some((option, value)) = apart else { return };
    let range = call.run.place_of_arg(option).cover(call.run.place_of_arg(value));
    let draft = sink
        .report(range, format!("`{}`, the value of `{}`, reads like a package", value.text, option.text))
        .help(format!("join them: `{}={}`", option.text, value.text))
        .aliases([*alias])
        .unlike_hadolint(
            !call.says(if manager.name == "apk" { "add" } else { "install" }) && !is_other(call),
        );
    if let Some(edit) = joined(context, call, option, value) {
        draft.fix("join the option and its value", Safety::Safe, vec![edit]);
    }
}

/// Other words that ask for the installation of what is named.
fn is_other(call: &Call<'_, '_>) -> bool {
    ["in", "get", "run"].iter().any(|verb| call.says(verb))
}

fn reads_like_package(manager: &str, pin: fn(&str) -> Pin, value: &Arg<'_>) -> bool {
    let text = value.text.as_ref();
    let is_directory = matches!(manager, "apk" | "dnf" | "yum")
        && text.starts_with('/')
        && !text.rsplit_once('.').is_some_and(|(_, end)| matches!(end, "rpm" | "apk"));
    !text.starts_with('-') && (is_directory || matches!(pin(text), Pin::None | Pin::Channel))
}

/// Puts `=` between a long option and its value, where nothing but a blank is.
fn joined(context: &Context<'_>, call: &Call<'_, '_>, option: &Arg<'_>, value: &Arg<'_>) -> Option<Edit> {
    let (first, second) = (call.run.place_of_arg(option), call.run.place_of_arg(value));
    let between = TextRange::new(first.end, second.start.max(first.end));
    let blank = between.slice(context.text()) == " ";
    (option.text.starts_with("--") && blank).then(|| Edit { range: between, replacement: "=".to_owned() })
}
