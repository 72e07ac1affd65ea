//! Ruby's gem.

use super::{Manager, Pin, Verb};

pub(super) static MANAGER: Manager = Manager {
    name: "gem",
    programs: &["gem"],
    valued: &[
        "-v",
        "--version",
        "-i",
        "--install-dir",
        "-n",
        "--bindir",
        "-s",
        "--source",
        "--platform",
        "-P",
        "--trust-policy",
        "-p",
        "--http-proxy",
        "--build-root",
        "--config-file",
        "-B",
        "--bulk-threshold",
        "--without",
        "--target-rbconfig",
    ],
    verbs: &[
        ("install", Verb::Install),
        ("i", Verb::Install),
        ("update", Verb::Upgrade),
        ("cleanup", Verb::Clean),
        ("uninstall", Verb::Remove),
    ],
    default: Verb::Other,
    files: &["-g", "--file"],
    separator: ":",
    ends_at_dashes: true,
    pin,
    caches: &["~/.gem/specs", "~/.local/share/gem/specs"],
};

/// `name:1.2`, a file.
fn pin(package: &str) -> Pin {
    if package.contains(':') {
        Pin::Version
    } else if package.contains('/') || package.rsplit_once('.').is_some_and(|(_, end)| end == "gem") {
        Pin::Local
    } else {
        Pin::None
    }
}
