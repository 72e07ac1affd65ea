//! # bundler-deprecated-option
//!
//! ## What it does
//! Finds `bundle install --deployment`, `--path`, `--without` and `--with`.
//!
//! ## Why
//! These options are remembered in files and are to go; Bundler 4 refuses them. Settings do the same: `bundle config
//! set --local deployment true`, or variables like `BUNDLE_WITHOUT`.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM ruby:3.4-slim
//! RUN bundle install --without development
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM ruby:3.4-slim
//! ENV BUNDLE_WITHOUT=development
//! RUN bundle install
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::Severity;

pub(crate) static RULE: Rule = Rule {
    code: "CO660",
    name: "bundler-deprecated-option",
    aliases: &["no-deprecated-bundler-flags"],
    severity: Severity::Info,
    summary: "bundler is given options that are deprecated",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("bundler_deprecated_option.rs"),
};

fn check(_context: &Context<'_>, _step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    if !call.is("bundler", Verb::Install) || call.says("add") {
        return;
    }
    if let Some(option) = call.option(&[
        "--deployment",
        "--path",
        "--without",
        "--with",
        "--binstubs",
        "--system",
        "--no-prune",
    ]) {
        sink.report(call.run.place_of_arg(option), format!("`{}` is deprecated", option.text))
            .help("use `bundle config set --local …`, or a variable: `BUNDLE_DEPLOYMENT=1`, `BUNDLE_PATH`, `BUNDLE_WITHOUT`");
    }
}
