//! # package-cache
//!
//! ## What it does
//! Finds what package managers keep for the next time: lists of apt, packages that were downloaded, caches of apk, dnf,
//! pip and npm.
//!
//! ## Why
//! Nobody reads it again, and everybody pulls it. Remove it in the step that makes it, or put it on a cache mount (`RUN
//! --mount=type=cache`).
//!
//! ## Example
//! ```image,bad
//! file var/lib/apt/lists/deb.debian.org_debian_dists_bookworm_main_binary-amd64_Packages 644 9000000
//! ```
//! ```image,bad
//! file var/cache/apk/APKINDEX.0123.tar.gz 644 100000
//! ```
//! ```image,bad
//! file root/.npm/_cacache/x 644 100000
//! ```
//! ```image,good
//! file var/lib/apt/lists/lock 640 0
//! ```
//! ```image,good
//! file var/cache/apk/APKINDEX.0123.tar.gz 644 100000
//! layer
//! gone var/cache/apk/APKINDEX.0123.tar.gz
//! ```

use facts::Severity;

use crate::check::{Check, Sink};
use crate::model::Image;

pub(crate) static CHECK: Check = Check {
    code: "IM012",
    name: "package-cache",
    aliases: &["DKL-DI-0004", "DKL-DI-0005"],
    severity: Severity::Warning,
    summary: "caches of a package manager are in the image",
    run,
    source: include_str!("package_cache.rs"),
};

/// Less is not worth a word.
const LEAST: u64 = 64 << 10;

const CACHES: &[(&str, &str)] = &[
    ("root/.cache/go-build", "the build cache of Go"),
    ("root/.cache/pip", "the cache of pip"),
    ("root/.cache/uv", "the cache of uv"),
    ("root/.cache/yarn", "the cache of yarn"),
    ("root/.cargo/registry/cache", "crates that were downloaded"),
    ("root/.gem/specs", "the cache of RubyGems"),
    ("root/.m2/repository", "the repository of Maven"),
    ("root/.npm/_cacache", "the cache of npm"),
    ("usr/local/share/.cache/yarn", "the cache of yarn"),
    ("var/cache/apk", "the cache of apk"),
    ("var/cache/apt", "the cache of apt"),
    ("var/cache/dnf", "the cache of dnf"),
    ("var/cache/pacman/pkg", "packages of pacman"),
    ("var/cache/yum", "the cache of yum"),
    ("var/cache/zypp", "the cache of zypper"),
    ("var/lib/apt/lists", "package lists of apt"),
];

fn run(image: &Image<'_>, sink: &mut Sink) {
    for (dir, what) in CACHES {
        let (count, bytes, layer) = image.below(dir);
        if bytes >= LEAST {
            sink.file(dir, layer, format!("{what}: {count} files, {bytes} bytes"));
        }
    }
}
