//! conda, mamba and micromamba.

use super::{Manager, Pin, Verb, has_end};

pub(super) static MANAGER: Manager = Manager {
    name: "conda",
    programs: &["conda", "mamba", "micromamba"],
    valued: &[
        "-n",
        "--name",
        "-p",
        "--prefix",
        "-c",
        "--channel",
        "-f",
        "--file",
        "-r",
        "--root-prefix",
        "--solver",
        "--experimental-solver",
        "--subdir",
        "--platform",
    ],
    verbs: &[
        ("install", Verb::Install),
        ("create", Verb::Install),
        ("env create", Verb::Install),
        ("env update", Verb::Install),
        ("update", Verb::Upgrade),
        ("upgrade", Verb::Upgrade),
        ("remove", Verb::Remove),
        ("uninstall", Verb::Remove),
        ("clean", Verb::Clean),
    ],
    default: Verb::Other,
    files: &["-f", "--file"],
    separator: "=",
    ends_at_dashes: false,
    pin,
    caches: &["/opt/conda/pkgs", "~/.conda/pkgs"],
};

/// `name=1.2`, `name>=1`, `channel::name`, a file.
fn pin(package: &str) -> Pin {
    if package.contains(['=', '<', '>']) {
        Pin::Version
    } else if package.contains("://") || package.contains('/') || has_end(package, &[".tar.bz2", ".conda"]) {
        Pin::Local
    } else {
        Pin::None
    }
}
