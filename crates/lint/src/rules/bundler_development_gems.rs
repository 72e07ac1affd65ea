//! # bundler-development-gems
//!
//! ## What it does
//! Finds `bundle install` in a stage whose layers are in an image, where no setting leaves out the groups for
//! development and tests.
//!
//! ## Why
//! Test tools make the image larger, and give attackers more to work with.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM ruby:3.4-slim
//! WORKDIR /app
//! COPY Gemfile Gemfile.lock ./
//! RUN bundle install
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM ruby:3.4-slim
//! WORKDIR /app
//! ENV BUNDLE_WITHOUT=development:test
//! COPY Gemfile Gemfile.lock ./
//! RUN bundle install
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb, is_kept};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::Severity;

pub(crate) static RULE: Rule = Rule {
    code: "CO661",
    name: "bundler-development-gems",
    aliases: &["bundler-without-development"],
    severity: Severity::Info,
    summary: "gems for development are installed",
    enabled: false,
    check: Check::Call(check),
    source: include_str!("bundler_development_gems.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    if !call.is("bundler", Verb::Install) || call.says("add") || !is_kept(context, step) {
        return;
    }
    let before = context.text().get(..call.place().end as usize).unwrap_or_default();
    if !before.to_ascii_lowercase().contains("without") {
        sink.report(call.head(), "gems for development and tests are installed, too")
            .help("set `BUNDLE_WITHOUT=development:test`");
    }
}
