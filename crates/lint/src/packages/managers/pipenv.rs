//! pipenv.

use super::{Manager, Pin, Verb};

pub(super) static MANAGER: Manager = Manager {
    name: "pipenv",
    programs: &["pipenv"],
    valued: &[
        "-i",
        "--index",
        "--pypi-mirror",
        "--python",
        "-r",
        "--requirements",
        "-e",
        "--editable",
        "--categories",
    ],
    verbs: &[
        ("install", Verb::Install),
        ("sync", Verb::Restore),
        ("update", Verb::Upgrade),
        ("uninstall", Verb::Remove),
    ],
    default: Verb::Other,
    files: &["-r", "--requirements", "-e", "--editable"],
    separator: "==",
    ends_at_dashes: false,
    pin,
    caches: &["~/.cache/pipenv", "~/.cache/pip"],
};

fn pin(package: &str) -> Pin {
    super::pip::pin(package)
}
