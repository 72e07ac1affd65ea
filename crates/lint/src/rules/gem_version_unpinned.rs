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
        let values = values(call.item.command.args());
        let seen = |package: &Package<'_, '_>| !values.iter().any(|value| std::ptr::eq(*value, package.arg));
        let unseen = !call.packages(step).iter().any(|package| package.is_loose() && seen(package));
        let draft = report_loose(context, step, call, sink);
        draft.map(|draft| draft.unlike_hadolint(unseen));
    }
}

/// What hadolint takes for values of options: the word behind any option, another option among them.
fn values<'b, 'a>(args: &'b [Arg<'a>]) -> Vec<&'b Arg<'a>> {
    let mut values = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if arg.text.starts_with('-') && !arg.text.contains('=') {
            values.extend(args.next());
        }
    }
    values
}
