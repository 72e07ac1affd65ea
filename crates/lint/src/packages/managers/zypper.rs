//! SUSE's zypper.

use super::{Manager, Pin, Verb, has_end};

pub(super) static MANAGER: Manager = Manager {
    name: "zypper",
    programs: &["zypper"],
    valued: &[
        "-c",
        "--config",
        "-C",
        "--cache-dir",
        "--pkg-cache-dir",
        "-R",
        "--root",
        "--installroot",
        "-D",
        "--reposd-dir",
        "-p",
        "--plus-repo",
        "--plus-content",
        "-r",
        "--repo",
        "--from",
        "-t",
        "--type",
        "--name",
        "--releasever",
        "--userdata",
    ],
    verbs: &[
        ("install", Verb::Install),
        ("in", Verb::Install),
        ("source-install", Verb::Other),
        ("si", Verb::Other),
        ("refresh", Verb::Refresh),
        ("ref", Verb::Refresh),
        ("update", Verb::Upgrade),
        ("up", Verb::Upgrade),
        ("patch", Verb::Upgrade),
        ("dist-upgrade", Verb::Replace),
        ("dup", Verb::Replace),
        ("remove", Verb::Remove),
        ("rm", Verb::Remove),
        ("clean", Verb::Clean),
        ("cc", Verb::Clean),
    ],
    default: Verb::Other,
    files: &[],
    separator: "=",
    ends_at_dashes: false,
    pin,
    caches: &["/var/cache/zypp"],
};

/// `name=1.2`, `name>1`, `name.rpm`.
fn pin(package: &str) -> Pin {
    if package.contains("://") {
        Pin::Remote
    } else if package.starts_with(['.', '/']) || has_end(package, &[".rpm"]) {
        Pin::Local
    } else if package.contains(['=', '<', '>']) || package.starts_with(['-', '!']) {
        Pin::Version
    } else {
        Pin::None
    }
}
