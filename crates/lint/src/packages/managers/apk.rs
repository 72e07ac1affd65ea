//! Alpine's apk.

use super::{Manager, Pin, Verb, has_end};

pub(super) static MANAGER: Manager = Manager {
    name: "apk",
    programs: &["apk"],
    valued: &[
        "-p",
        "--root",
        "-X",
        "--repository",
        "-t",
        "--virtual",
        "--arch",
        "--keys-dir",
        "--cache-dir",
        "--repositories-file",
        "--wait",
        "--cache-max-age",
        "--timeout",
        "--progress-fd",
    ],
    verbs: &[
        ("add", Verb::Install),
        ("update", Verb::Refresh),
        ("upgrade", Verb::Upgrade),
        ("del", Verb::Remove),
        ("cache clean", Verb::Clean),
    ],
    default: Verb::Other,
    files: &[],
    separator: "=",
    ends_at_dashes: false,
    pin,
    caches: &["/var/cache/apk"],
};

/// `name=1.2`, `name~1`, `name<2`; `!name` is a package that must not be there.
fn pin(package: &str) -> Pin {
    if is_file(package) {
        Pin::Local
    } else if package.starts_with('!') || package.contains(['=', '~', '<', '>']) {
        Pin::Version
    } else {
        Pin::None
    }
}

fn is_file(package: &str) -> bool {
    package.starts_with(['.', '/']) || has_end(package, &[".apk"])
}
