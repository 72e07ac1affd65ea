//! # pip-cache-kept
//!
//! ## What it does
//! Finds `pip install` that leaves its cache in a layer of an image: neither `--no-cache-dir` nor `PIP_NO_CACHE_DIR`
//! is there, the cache is not removed in the same RUN, and lies in no mount.
//!
//! ## Why
//! The cache holds each package that was downloaded a second time, and nothing needs it at run time.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM python:3.13-slim
//! RUN pip install flask==3.1.0
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM python:3.13-slim
//! RUN pip install --no-cache-dir flask==3.1.0
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM python:3.13-slim
//! ONBUILD ENV PIP_NO_CACHE_DIR=1
//! ONBUILD RUN pip install -r requirements.txt
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM python:3.13-slim
//! RUN --mount=type=cache,target=/root/.cache/pip pip install flask==3.1.0
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb, add_option, is_kept, keeps_cache};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::{Effect, Safety, Severity};
use shell::Assignment;
use stage::Lookup;
use std::borrow::Cow;
use syntax::Keyword;

pub(crate) static RULE: Rule = Rule {
    code: "CO631",
    name: "pip-cache-kept",
    aliases: &["DL3042", "missing-pip-no-cache-dir", "pip_install_keeping_cached_packages", "AC_DOCKER_0031"],
    severity: Severity::Warning,
    summary: "the cache of pip stays in the layer",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("pip_cache_kept.rs"),
};

/// The variable that switches the cache off.
const NAME: &str = "PIP_NO_CACHE_DIR";

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    if !is_kept(context, step) || !leaves_cache(step, call) {
        return;
    }
    if is_valued(call) {
        sink.report(call.head(), "pip refuses a value of `--no-cache-dir`")
            .help("write `--no-cache-dir` alone");
        return;
    }
    let draft = sink.report(call.head(), "the cache of pip stays in the layer").help(
        "add `--no-cache-dir`, or keep it in a cache mount: `--mount=type=cache,target=/root/.cache/pip`",
    );
    if let Some(edit) = add_option(context, call, "--no-cache-dir") {
        draft.fix("add `--no-cache-dir`", Safety::Safe, vec![edit]).effects([
            Effect::Removes(Cow::Borrowed("/root/.cache")),
            Effect::Removes(Cow::Borrowed("/home")),
        ]);
    }
}

/// Whether a call leaves its cache in the layer, of whatever stage that is.
pub(super) fn leaves_cache(step: &Step<'_>, call: &Call<'_, '_>) -> bool {
    if !call.is("pip", Verb::Install) || call.has(&["--no-cache-dir"]) && !is_valued(call) {
        return false;
    }
    let own = call.values(&["--cache-dir"]).next().or_else(|| lent(call, "PIP_CACHE_DIR"));
    let dirs = own.map_or_else(|| call.manager().caches.to_vec(), |dir| vec![dir]);
    !is_off(step, call) && keeps_cache(step, call, &dirs)
}

/// Whether a call fills a cache, as far as its own options say.
pub(super) fn fills(call: &Call<'_, '_>) -> bool {
    call.is("pip", Verb::Install) && !call.has(&["--no-cache-dir", "--cache-dir"])
}

/// Whether the option has a value, which pip refuses.
fn is_valued(call: &Call<'_, '_>) -> bool {
    call.option(&["--no-cache-dir"]).is_some_and(|arg| arg.text.contains('='))
}

/// Whether a variable switches the cache off.
fn is_off(step: &Step<'_>, call: &Call<'_, '_>) -> bool {
    if let Some(value) = lent(call, NAME) {
        return is_true(value);
    }
    if let Lookup::Known(value) = step.scope.get(NAME) {
        return is_true(&value);
    }
    let exported = call.run.named(&["export"]).flat_map(|item| item.command.args());
    exported.filter_map(|arg| arg.text.split_once('=')).any(|(name, value)| name == NAME && is_true(value))
}

/// What else than an ENV of the own build switches the cache off, if something does.
pub(super) fn switched_off_elsewhere(step: &Step<'_>) -> Option<&'static str> {
    let is_set = matches!(step.scope.get(NAME), Lookup::Known(value) if is_true(&value));
    let is_env = step.scope.env().contains_key(NAME);
    match (is_set, is_env) {
        (true, false) => Some("an argument of the build"),
        (true, true) if step.instruction.kind == Keyword::Onbuild => Some("the environment of the image"),
        _ => None,
    }
}

/// pip also takes `0` and `no` to switch the cache off; nobody who reads them does.
fn is_true(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "1" | "true" | "on" | "yes" | "y" | "t")
}

/// The value that a variable has for this command alone.
fn lent<'b>(call: &Call<'b, '_>, name: &str) -> Option<&'b str> {
    let command = &call.item.command;
    let own =
        command.command().assignments().filter(|pair| pair.name().is_some_and(|node| node.text() == name));
    let own = own.filter_map(Assignment::value).map(|word| word.node().text()).last();
    let before = || command.words().iter().filter_map(|arg| arg.text.split_once('='));
    own.or_else(|| before().find(|(key, _)| *key == name).map(|(_, value)| value))
}
