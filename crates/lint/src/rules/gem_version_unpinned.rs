//! # gem-version-unpinned
//!
//! ## What it does
//! Finds gems that `gem install` gets without a version. Files have none.
//!
//! ## Why
//! The build takes the version that is newest on its day: the image is another one with each release, and a release
//! that breaks, or is taken over by an attacker, gets in unseen.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM ruby:3.4-slim
//! RUN gem install rake
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM ruby:3.4-slim
//! RUN gem install rake:13.3.0
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Package, Verb, report_loose};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::Severity;
use shell::Arg;

pub(crate) static RULE: Rule = Rule {
    code: "CO636",
    name: "gem-version-unpinned",
    aliases: &["DL3028", "gem_install_without_version"],
    severity: Severity::Warning,
    summary: "gem installs a package without a version",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("gem_version_unpinned.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    if call.is("gem", Verb::Install) && !call.has(&["-v", "--version"]) && !call.has_file() {
        // It takes the word behind any option for its value.
        let behind = |pair: &[Arg<'_>]| pair[0].text.starts_with('-') && !pair[0].text.contains('=');
        let args = call.item.command.args();
        let seen = |package: &Package<'_, '_>| {
            !args.windows(2).any(|pair| behind(pair) && std::ptr::eq(&raw const pair[1], package.arg))
        };
        let unseen = !call.packages(step).iter().any(|package| package.is_loose() && seen(package));
        let draft = report_loose(context, step, call, sink);
        draft.map(|draft| draft.unlike_hadolint(unseen));
    }
}
