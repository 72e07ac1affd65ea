//! poetry.

use super::{Manager, Pin, Verb};

pub(super) static MANAGER: Manager = Manager {
    name: "poetry",
    programs: &["poetry"],
    valued: &[
        "-C",
        "--directory",
        "-P",
        "--project",
        "--with",
        "--without",
        "--only",
        "-E",
        "--extras",
        "-G",
        "--group",
        "--source",
        "--python",
    ],
    verbs: &[
        ("install", Verb::Install),
        ("sync", Verb::Restore),
        ("add", Verb::Install),
        ("self add", Verb::Install),
        ("update", Verb::Upgrade),
        ("remove", Verb::Remove),
        ("cache clear", Verb::Clean),
        ("lock", Verb::Other),
    ],
    default: Verb::Other,
    files: &[],
    separator: "@",
    ends_at_dashes: false,
    pin,
    caches: &["~/.cache/pypoetry"],
};

/// `name@1.2`, `name==1.2`, `name>=1`.
fn pin(package: &str) -> Pin {
    if package.contains('@') { Pin::Version } else { super::pip::pin(package) }
}
