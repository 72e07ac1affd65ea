//! The yum of `CentOS` and its like.

use super::{Manager, Pin, Verb, has_end};

pub(super) static MANAGER: Manager = Manager {
    name: "yum",
    programs: &["yum"],
    valued: &[
        "-c",
        "--config",
        "-d",
        "--debuglevel",
        "-e",
        "--errorlevel",
        "-R",
        "--randomwait",
        "-x",
        "--exclude",
        "--excludepkgs",
        "--enablerepo",
        "--disablerepo",
        "--repo",
        "--repoid",
        "--enable-repo",
        "--disable-repo",
        "--installroot",
        "--releasever",
        "--setopt",
        "--disableexcludes",
        "--disableplugin",
        "--enableplugin",
        "--downloaddir",
        "--destdir",
        "--advisory",
        "--forcearch",
        "--color",
        "--comment",
        "--rpmverbosity",
    ],
    verbs: &[
        ("install", Verb::Install),
        ("groupinstall", Verb::Install),
        ("group install", Verb::Install),
        ("localinstall", Verb::Install),
        ("module install", Verb::Install),
        ("reinstall", Verb::Install),
        ("in", Verb::Install),
        ("update", Verb::Upgrade),
        ("upgrade", Verb::Upgrade),
        ("up", Verb::Upgrade),
        ("update-minimal", Verb::Upgrade),
        ("upgrade-minimal", Verb::Upgrade),
        ("distro-sync", Verb::Replace),
        ("makecache", Verb::Refresh),
        ("check-update", Verb::Refresh),
        ("remove", Verb::Remove),
        ("erase", Verb::Remove),
        ("autoremove", Verb::Remove),
        ("clean", Verb::Clean),
    ],
    default: Verb::Other,
    files: &[],
    separator: "-",
    ends_at_dashes: false,
    pin,
    caches: &["/var/cache/yum", "/var/cache/dnf"],
};

/// `name-1.2`, `name-1.2-3.el9`, `name:stream`; an address or a file.
pub(super) fn pin(package: &str) -> Pin {
    if package.contains("://") {
        return Pin::Remote;
    }
    if package.starts_with(['.', '/']) || has_end(package, &[".rpm"]) {
        return Pin::Local;
    }
    let digit = |part: &str| part.starts_with(|ch: char| ch.is_ascii_digit());
    let dashed = package.split('-').skip(1).any(digit);
    let stream = package.split_once(':').is_some_and(|(_, stream)| !stream.is_empty());
    if dashed || stream || package.contains(['<', '>']) || package.contains(" =") {
        Pin::Version
    } else {
        Pin::None
    }
}
