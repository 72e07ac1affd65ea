//! Debian's apt: `apt-get`, `apt`, `aptitude`.

use super::{Manager, Pin, Verb, has_end};

pub(super) static MANAGER: Manager = Manager {
    name: "apt",
    programs: &["apt-get", "apt", "aptitude"],
    valued: &[
        "-o",
        "--option",
        "-c",
        "--config-file",
        "-t",
        "--target-release",
        "--default-release",
        "-a",
        "--host-architecture",
        "-P",
        "--build-profiles",
        "--solver",
        "--planner",
        "-S",
        "--snapshot",
    ],
    verbs: &[
        ("install", Verb::Install),
        ("reinstall", Verb::Other),
        ("update", Verb::Refresh),
        ("upgrade", Verb::Upgrade),
        ("safe-upgrade", Verb::Upgrade),
        ("dist-upgrade", Verb::Replace),
        ("full-upgrade", Verb::Replace),
        ("remove", Verb::Remove),
        ("purge", Verb::Remove),
        ("autoremove", Verb::Remove),
        ("auto-remove", Verb::Remove),
        ("clean", Verb::Clean),
        ("autoclean", Verb::Clean),
        ("auto-clean", Verb::Clean),
        ("distclean", Verb::Clean),
    ],
    default: Verb::Other,
    files: &[],
    separator: "=",
    ends_at_dashes: false,
    pin,
    caches: &["/var/cache/apt", "/var/lib/apt"],
};

/// `name=1.2`, `name/release`, a file; `name-` is one to remove.
fn pin(package: &str) -> Pin {
    if has_end(package, &[".deb"]) || package.starts_with(['.', '/']) {
        Pin::Local
    } else if package.contains(['=', '/']) || package.ends_with('-') {
        Pin::Version
    } else {
        Pin::None
    }
}
