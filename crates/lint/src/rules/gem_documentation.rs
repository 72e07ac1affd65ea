//! # gem-documentation
//!
//! ## What it does
//! Finds `gem install` without `--no-document`, where the base image does not say so for all gems as the official
//! `ruby` images do.
//!
//! ## Why
//! Nobody reads documentation in an image; building it takes time and room.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN gem install rake:13.3.0
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! RUN gem install --no-document rake:13.3.0
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM ruby:3.4-slim
//! RUN gem install rake:13.3.0
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb, add_option};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::{Effect, Safety, Severity};
use std::borrow::Cow;

pub(crate) static RULE: Rule = Rule {
    code: "CO637",
    name: "gem-documentation",
    aliases: &[],
    severity: Severity::Info,
    summary: "gem install builds documentation",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("gem_documentation.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    let silent = ["--no-document", "-N", "--no-ri", "--no-rdoc", "--document"];
    if !call.is("gem", Verb::Install) || call.has(&silent) || is_configured(context, step, call) {
        return;
    }
    let draft = sink.report(call.head(), "documentation is built and shipped").help("add `--no-document`");
    if let Some(edit) = add_option(context, call, "--no-document") {
        draft
            .fix("add `--no-document`", Safety::Unsafe, vec![edit])
            .effects([Effect::Changes(Cow::Borrowed("/"))]);
    }
}

/// Whether all gems are installed without it.
fn is_configured(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>) -> bool {
    let before = context.text().get(..call.head().start as usize).unwrap_or_default();
    let official =
        || context.root_image(step.stage).is_none_or(|(name, _)| name == "ruby" || name == "jruby");
    before.contains("no-document") || before.contains("gemrc") || official()
}
