//! PHP's composer.

use super::{Manager, Pin, Verb};

pub(super) static MANAGER: Manager = Manager {
    name: "composer",
    programs: &["composer", "composer.phar"],
    valued: &["-d", "--working-dir", "--ignore-platform-req", "--repository", "-s", "--stability"],
    verbs: &[
        ("install", Verb::Install),
        ("i", Verb::Install),
        ("require", Verb::Install),
        ("global require", Verb::Install),
        ("create-project", Verb::Install),
        ("update", Verb::Upgrade),
        ("remove", Verb::Remove),
        ("clear-cache", Verb::Clean),
        ("clearcache", Verb::Clean),
        ("cc", Verb::Clean),
    ],
    default: Verb::Other,
    files: &[],
    separator: ":",
    ends_at_dashes: false,
    pin,
    caches: &["~/.composer/cache", "~/.cache/composer", "/tmp/cache"],
};

/// `vendor/name:1.2`, `vendor/name=1.2`.
fn pin(package: &str) -> Pin {
    if package.contains([':', '=', '@']) { Pin::Version } else { Pin::None }
}
