//! pip, also as `python -m pip`.

use super::{Manager, Pin, Verb};

pub(super) static MANAGER: Manager = Manager {
    name: "pip",
    programs: &["pip"],
    valued: &[
        "-r",
        "--requirement",
        "-c",
        "--constraint",
        "-e",
        "--editable",
        "-t",
        "--target",
        "-i",
        "--index-url",
        "--pypi-url",
        "--extra-index-url",
        "-f",
        "--find-links",
        "--platform",
        "--python-version",
        "--implementation",
        "--abi",
        "--root",
        "--prefix",
        "--src",
        "-b",
        "--build",
        "--upgrade-strategy",
        "--no-binary",
        "--only-binary",
        "--progress-bar",
        "--root-user-action",
        "--proxy",
        "--retries",
        "--timeout",
        "--default-timeout",
        "--exists-action",
        "--trusted-host",
        "--cert",
        "--client-cert",
        "--cache-dir",
        "--log",
        "--global-option",
        "--install-option",
        "--build-option",
        "-C",
        "--config-settings",
        "--config-setting",
        "--use-feature",
        "--use-deprecated",
        "--report",
        "--group",
        "--python",
        "--keyring-provider",
        "--resume-retries",
        "--build-constraint",
        "--uploaded-prior-to",
    ],
    verbs: &[
        ("install", Verb::Install),
        ("uninstall", Verb::Remove),
        ("cache purge", Verb::Clean),
        ("wheel", Verb::Other),
        ("download", Verb::Other),
    ],
    default: Verb::Other,
    files: &["-r", "--requirement", "-c", "--constraint", "-e", "--editable", "--group"],
    separator: "==",
    ends_at_dashes: false,
    pin,
    caches: &["~/.cache/pip"],
};

/// `name==1.2`, `name>=1`; an address, a file, a directory.
pub(super) fn pin(package: &str) -> Pin {
    let file =
        [".whl", ".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz"].iter().any(|end| package.ends_with(end));
    if let Some((scheme, rest)) = package.split_once("://") {
        let repository = scheme.contains('+') && !scheme.contains('@');
        let path = rest.split_once('/').map_or("", |(_, path)| path);
        return if repository && !path.contains('@') { Pin::Channel } else { Pin::Remote };
    }
    let directory = package == "." || package.starts_with(".[") || package.contains('/');
    if directory || file || package.starts_with("file:") {
        Pin::Local
    } else if package.contains(['<', '>'])
        || package.contains("==")
        || package.contains("!=")
        || package.contains("~=")
    {
        Pin::Version
    } else {
        Pin::None
    }
}
