//! npm.

use super::{Manager, Pin, Verb};

pub(super) static MANAGER: Manager = Manager {
    name: "npm",
    programs: &["npm"],
    valued: &[
        "--prefix",
        "-C",
        "--dir",
        "--registry",
        "--loglevel",
        "--cache",
        "--userconfig",
        "--globalconfig",
        "--omit",
        "--only",
        "--include",
        "--save-prefix",
        "--tag",
        "-w",
        "--workspace",
        "--node-options",
        "--script-shell",
        "--network-timeout",
        "--network-concurrency",
        "--fetch-timeout",
        "--fetch-retries",
        "--fetch-retry-mintimeout",
        "--fetch-retry-maxtimeout",
        "--maxsockets",
        "--target",
        "--target_arch",
        "--target_platform",
        "--arch",
        "--platform",
        "--dist-url",
        "--cwd",
        "--modules-folder",
        "--cache-folder",
        "--global-folder",
        "--mutex",
        "--use-yarnrc",
        "--proxy",
        "--https-proxy",
        "--cafile",
        "--filter",
        "-F",
        "--store-dir",
        "--reporter",
        "--backend",
        "-c",
        "--config",
        "--install-strategy",
        "--before",
        "--depth",
        "--libc",
        "--cpu",
        "--os",
        "--mode",
    ],
    verbs: &[
        ("install", Verb::Install),
        ("i", Verb::Install),
        ("in", Verb::Install),
        ("add", Verb::Install),
        ("isntall", Verb::Install),
        ("ci", Verb::Restore),
        ("clean-install", Verb::Restore),
        ("install-clean", Verb::Restore),
        ("update", Verb::Upgrade),
        ("upgrade", Verb::Upgrade),
        ("uninstall", Verb::Remove),
        ("remove", Verb::Remove),
        ("rm", Verb::Remove),
        ("cache clean", Verb::Clean),
        ("cache clear", Verb::Clean),
        ("exec", Verb::Run),
        ("x", Verb::Run),
    ],
    default: Verb::Other,
    files: &[],
    separator: "@",
    ends_at_dashes: false,
    pin,
    caches: &["~/.npm"],
};

/// `name@1.2`, `name@^1`; a tag like `name@latest`; an address, a repository, a file, a directory.
pub(super) fn pin(package: &str) -> Pin {
    let file = [".tgz", ".tar.gz", ".tar"].iter().any(|end| package.ends_with(end));
    if file
        || package.starts_with(['.', '/', '~'])
        || package.starts_with("file:")
        || package.starts_with("link:")
    {
        return Pin::Local;
    }
    if package.contains("://") || package.starts_with("github:") || package.starts_with("git@") {
        let repository = package.starts_with("git") && !package.contains('#');
        return if repository { Pin::Channel } else { Pin::Remote };
    }
    let scope = usize::from(package.starts_with('@'));
    match package[scope..].rsplit_once('@').map(|(_, version)| version) {
        Some("" | "latest" | "next" | "stable" | "lts") => Pin::Channel,
        Some(_) => Pin::Version,
        // `owner/name` is a repository of GitHub.
        None if scope == 0 && package.contains('/') => {
            if package.contains('#') {
                Pin::Remote
            } else {
                Pin::Channel
            }
        }
        None => Pin::None,
    }
}
