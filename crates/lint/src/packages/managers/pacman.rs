//! Arch Linux' pacman, whose verbs are options.

use super::{Manager, Pin, Verb};

pub(super) static MANAGER: Manager = Manager {
    name: "pacman",
    programs: &["pacman"],
    valued: &[
        "-b",
        "--dbpath",
        "-r",
        "--root",
        "--arch",
        "--cachedir",
        "--config",
        "--gpgdir",
        "--hookdir",
        "--logfile",
        "--ignore",
        "--ignoregroup",
        "--overwrite",
    ],
    verbs: &[],
    default: Verb::Install,
    files: &[],
    separator: "",
    ends_at_dashes: false,
    pin,
    caches: &["/var/cache/pacman/pkg"],
};

/// Only files have a version: the repositories keep no old ones.
fn pin(package: &str) -> Pin {
    if package.contains("://") { Pin::Remote } else { Pin::None }
}
