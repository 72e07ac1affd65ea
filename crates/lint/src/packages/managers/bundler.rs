//! Ruby's bundler: `bundle`.

use super::{Manager, Pin, Verb};

pub(super) static MANAGER: Manager = Manager {
    name: "bundler",
    programs: &["bundle", "bundler"],
    valued: &[
        "--gemfile",
        "--path",
        "--without",
        "--with",
        "-j",
        "--jobs",
        "--retry",
        "--binstubs",
        "--system",
        "--trust-policy",
    ],
    verbs: &[
        ("install", Verb::Install),
        ("update", Verb::Upgrade),
        ("add", Verb::Install),
        ("config set", Verb::Other),
        ("config", Verb::Other),
        ("exec", Verb::Other),
        ("package", Verb::Other),
        ("cache", Verb::Other),
        ("clean", Verb::Clean),
    ],
    default: Verb::Install,
    files: &["--gemfile"],
    separator: "",
    ends_at_dashes: false,
    pin,
    caches: &["/usr/local/bundle/cache", "~/.bundle/cache"],
};

/// Versions are those of the lock file, or of the project.
const fn pin(_: &str) -> Pin {
    Pin::None
}
