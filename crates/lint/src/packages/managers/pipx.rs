//! pipx: programs of Python packages.

use super::{Manager, Pin, Verb};

pub(super) static MANAGER: Manager = Manager {
    name: "pipx",
    programs: &["pipx"],
    valued: &[
        "-i",
        "--index-url",
        "--pip-args",
        "--python",
        "--suffix",
        "--spec",
        "--preinstall",
        "--backend",
    ],
    verbs: &[("install", Verb::Install), ("inject", Verb::Other), ("run", Verb::Run)],
    default: Verb::Other,
    files: &["--spec"],
    separator: "==",
    ends_at_dashes: false,
    pin,
    caches: &["~/.cache/pip", "~/.cache/pipx"],
};

fn pin(package: &str) -> Pin {
    super::pip::pin(package)
}
