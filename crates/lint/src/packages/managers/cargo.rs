//! cargo.

use super::{Manager, Pin, Verb};

pub(super) static MANAGER: Manager = Manager {
    name: "cargo",
    programs: &["cargo"],
    valued: &[
        "--version",
        "--vers",
        "--git",
        "--branch",
        "--tag",
        "--rev",
        "--path",
        "--root",
        "--index",
        "--registry",
        "-j",
        "--jobs",
        "-F",
        "--features",
        "--profile",
        "--target",
        "--target-dir",
        "-C",
        "-Z",
        "--config",
        "--color",
        "--manifest-path",
        "--message-format",
        "-p",
        "--package",
        "--bin",
        "--example",
    ],
    verbs: &[
        ("install", Verb::Install),
        ("fetch", Verb::Restore),
        ("update", Verb::Upgrade),
        ("build", Verb::Build),
        ("b", Verb::Build),
        ("test", Verb::Build),
        ("run", Verb::Build),
        ("clean", Verb::Clean),
        ("binstall", Verb::Install),
        ("add", Verb::Other),
    ],
    default: Verb::Other,
    files: &["--path", "--git", "--version", "--vers"],
    separator: "@",
    ends_at_dashes: true,
    pin,
    caches: &["/usr/local/cargo/registry", "~/.cargo/registry"],
};

/// `name@1.2`.
fn pin(package: &str) -> Pin {
    if package.contains('@') { Pin::Version } else { Pin::None }
}
