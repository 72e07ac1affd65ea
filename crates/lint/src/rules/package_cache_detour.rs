//! # package-cache-detour
//!
//! ## What it does
//! Finds steps that keep the cache of a package manager out of the layer by a detour where there is a plain way: `pip`
//! writes a cache that the same step removes, `rm` in place of `yarn cache clean` or `zypper clean`, a cache mount at a
//! directory above the cache.
//!
//! ## Why
//! What is written only to be removed costs time, and a path that is written out is wrong with the next version or another
//! user. A mount above the cache hides everything else below it, from the step and from the image. hadolint sees none of
//! these ways and takes the cache for kept.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM python:3.13-slim
//! RUN pip install flask==3.1.0 && rm -rf /root/.cache
//! USER 1000
//! ```
//! ```dockerfile,bad
//! FROM alpine:3.22
//! RUN --mount=type=cache,target=/var/cache apk add curl=8.14.1-r1
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM python:3.13-slim
//! RUN pip install --no-cache-dir flask==3.1.0
//! USER 1000
//! ```

use facts::Severity;
use syntax::MountKind;

use super::{dnf_cache_kept, pip_cache_kept, yarn_cache_kept, yum_cache_kept, zypper_cache_kept};
use crate::context::Context;
use crate::model::Step;
use crate::packages::{Call, Verb, clears, is_kept, is_mounted};
use crate::paths::is_within;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO663",
    name: "package-cache-detour",
    aliases: &["DL3019", "DL3032", "DL3036", "DL3040", "DL3042", "DL3060"],
    severity: Severity::Style,
    summary: "a cache is kept out of the layer by a detour",
    enabled: true,
    check: Check::Call(check),
    source: include_str!("package_cache_detour.rs"),
};

/// A manager whose cache can be kept out by a detour.
struct Known {
    name: &'static str,
    alias: &'static str,
    fills: fn(&Call<'_, '_>) -> bool,
    caches: &'static [&'static str],
    /// The plain way.
    advice: &'static str,
    /// Whether to remove the cache by its path is a detour.
    has_command: bool,
}

const KNOWN: &[Known] = &[
    Known {
        name: "apk",
        alias: "DL3019",
        fills: |call| call.is("apk", Verb::Install) && !call.has(&["--no-cache", "--root", "-p"]),
        caches: &["/etc/apk/cache", "/var/cache/apk"],
        advice: "`apk add --no-cache`",
        has_command: false,
    },
    Known {
        name: "dnf",
        alias: "DL3040",
        fills: dnf_cache_kept::fills,
        caches: &["/var/cache/libdnf5", "/var/cache/dnf", "/var/cache/yum"],
        advice: "`dnf clean all`",
        has_command: false,
    },
    Known {
        name: "pip",
        alias: "DL3042",
        fills: pip_cache_kept::fills,
        caches: &["~/.cache/pip"],
        advice: "`pip install --no-cache-dir`",
        has_command: true,
    },
    Known {
        name: "yarn",
        alias: "DL3060",
        fills: yarn_cache_kept::fills,
        caches: &["/usr/local/share/.cache/yarn", "/root/.cache/yarn"],
        advice: "`yarn cache clean`",
        has_command: true,
    },
    Known {
        name: "yum",
        alias: "DL3032",
        fills: yum_cache_kept::fills,
        caches: &["/var/cache/yum", "/var/cache/dnf"],
        advice: "`yum clean all`",
        has_command: false,
    },
    Known {
        name: "zypper",
        alias: "DL3036",
        fills: zypper_cache_kept::fills,
        caches: &["/var/cache/zypp"],
        advice: "`zypper clean --all`",
        has_command: true,
    },
];

fn check(context: &Context<'_>, step: &Step<'_>, call: &Call<'_, '_>, sink: &mut Sink<'_>) {
    let manager = call.manager().name;
    let Some(known) = KNOWN.iter().find(|known| known.name == manager) else { return };
    if !is_kept(context, step) || !(known.fills)(call) {
        return;
    }
    let cleans = call.run.calls().any(|other| other.verb() == Verb::Clean && other.manager().name == manager);
    let message = if cleans && manager != "pip" {
        return;
    } else if let Some(target) = wide_mount(call, known.caches) {
        format!("the mount at `{target}` is wider than the cache of `{manager}`")
    } else if known.caches.iter().any(|dir| is_mounted(call.run, dir)) {
        return;
    } else if known.has_command
        && (cleans || known.caches.iter().any(|dir| clears(step, call.run, Some(call), dir)))
    {
        format!("`{manager}` writes a cache that this step removes")
    } else if manager == "pip"
        && let Some(why) = pip_cache_kept::switched_off_elsewhere(step)
    {
        format!("{why} switches the cache of `pip` off")
    } else {
        return;
    };
    let place = format!("or mount the cache itself: `--mount=type=cache,target={}`", known.caches[0]);
    let place = place.replace("target=~", "target=/root");
    let is_first = call.run.calls().find(|other| (known.fills)(other));
    if is_first.is_none_or(|first| first.head() == call.head()) {
        sink.report(call.head(), message)
            .help(format!("use {}, {place}", known.advice))
            .aliases([known.alias]);
    }
}

/// Where a mount lies above a cache, when none is at it.
fn wide_mount<'b>(call: &Call<'b, '_>, caches: &[&str]) -> Option<&'b str> {
    let in_mount = call.run.mounts.iter();
    let in_mount = in_mount.filter(|mount| matches!(mount.mount.kind, MountKind::Cache | MountKind::Tmpfs));
    let mut targets = in_mount.filter_map(|mount| mount.target.as_deref());
    let caches: Vec<String> = caches.iter().map(|dir| dir.replace('~', "/root")).collect();
    let fits = |target: &str| caches.iter().any(|dir| is_within(target, dir));
    let wide = |target: &str| !fits(target) && caches.iter().any(|dir| is_within(dir, target));
    if targets.clone().any(fits) {
        return None;
    }
    targets.find(|target| wide(target))
}
