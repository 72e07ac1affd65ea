//! # cache-mount-unused
//!
//! ## What it does
//! Finds `pip install --no-cache-dir`, `uv --no-cache`, `apk add --no-cache`, and `rm -rf` of the directory, in a RUN
//! with a cache mount for the very cache.
//!
//! ## Why
//! The mount is there to keep what was downloaded from one build to the next. So it keeps nothing; and a cache in a
//! mount is in no layer, so there is nothing to save.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM python:3.13-slim
//! RUN --mount=type=cache,target=/root/.cache/pip pip install --no-cache-dir flask==3.1.0
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM python:3.13-slim
//! RUN --mount=type=cache,target=/root/.cache/pip pip install flask==3.1.0
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM python:3.13-slim
//! RUN --mount=type=cache,target=/root/.cache/pip pip install flask==3.1.0
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb, is_mounted};
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::{Safety, Severity};
use kit::Edit;
use shell::Arg;

pub(crate) static RULE: Rule = Rule {
    code: "CO729",
    name: "cache-mount-unused",
    aliases: &[],
    severity: Severity::Info,
    summary: "a cache mount is there, and the command is told not to use it",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("cache_mount_unused.rs"),
};

/// Managers with the option that switches their cache off, and where the cache is.
const SWITCHES: &[(&str, &str, &[&str])] = &[
    ("pip", "--no-cache-dir", &["~/.cache/pip"]),
    ("uv", "--no-cache", &["~/.cache/uv"]),
    ("apk", "--no-cache", &["/var/cache/apk", "/etc/apk/cache"]),
    ("poetry", "--no-cache", &["~/.cache/pypoetry"]),
];

fn check(context: &Context<'_>, _step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    let Some((_, option, dirs)) = SWITCHES.iter().find(|(name, ..)| *name == call.manager().name) else {
        return;
    };
    let mounted = dirs.iter().any(|dir| is_mounted(call.run, dir));
    let Some(arg) = switch(call).filter(|_| mounted) else { return };
    let draft = sink
        .report(call.run.place_of_arg(arg), format!("`{option}` keeps the cache mount empty"))
        .help(format!("remove `{option}`, or the mount"));
    if let Some(edit) = filling(context, call) {
        draft.fix(format!("remove `{option}`"), Safety::Safe, vec![edit]);
    }
}

/// Lets a call fill its cache. apk needs an index, which `--no-cache` fetches, too.
pub(super) fn filling(context: &Context<'_>, call: &Call<'_, '_>) -> Option<Edit> {
    let arg = switch(call)?;
    match call.manager().name {
        "apk" => call.run.replace(context.text(), arg, "--update-cache"),
        _ => call.run.remove(context.text(), arg),
    }
}

/// The option of a call that switches the cache of its manager off.
fn switch<'b, 'a>(call: &Call<'b, 'a>) -> Option<&'b Arg<'a>> {
    let (_, option, _) = SWITCHES.iter().find(|(name, ..)| *name == call.manager().name)?;
    call.option(&[option]).filter(|_| matches!(call.verb(), Verb::Install | Verb::Restore))
}
