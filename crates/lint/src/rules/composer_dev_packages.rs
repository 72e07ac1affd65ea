//! # composer-dev-packages
//!
//! ## What it does
//! Finds `composer install` without `--no-dev` in a stage whose layers are in an image.
//!
//! ## Why
//! Test tools make the image larger, and some of them open it to attackers.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM php:8.4-fpm
//! RUN composer install --no-cache
//! USER www-data
//! ```
//! ```dockerfile,fixed
//! FROM php:8.4-fpm
//! RUN composer install --no-dev --no-cache
//! USER www-data
//! ```
//! ```dockerfile,good
//! FROM php:8.4-fpm
//! RUN composer install --no-cache --no-dev
//! USER www-data
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb, add_option, is_kept};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::{Effect, Safety, Severity};
use std::borrow::Cow;

pub(crate) static RULE: Rule = Rule {
    code: "CO639",
    name: "composer-dev-packages",
    aliases: &[],
    severity: Severity::Info,
    summary: "composer installs packages for development",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("composer_dev_packages.rs"),
};

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    let set = step.scope.env().contains_key("COMPOSER_NO_DEV");
    if !call.is("composer", Verb::Install)
        || !(call.says("install") || call.says("i"))
        || set
        || !is_kept(context, step)
    {
        return;
    }
    if call.has(&["--no-dev", "--dev"])
        || call
            .item
            .command
            .command()
            .assignments()
            .any(|pair| pair.node().text().starts_with("COMPOSER_NO_DEV="))
    {
        return;
    }
    let draft = sink.report(call.head(), "packages for development are shipped").help("add `--no-dev`");
    if let Some(edit) = add_option(context, call, "--no-dev") {
        draft
            .fix("add `--no-dev`", Safety::Unsafe, vec![edit])
            .effects([Effect::Changes(Cow::Borrowed("/"))]);
    }
}
