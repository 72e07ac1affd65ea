//! Maven: `mvn`, and `mvnw` of a project.

use super::{Manager, Pin, Verb};

pub(super) static MANAGER: Manager = Manager {
    name: "maven",
    programs: &["mvn", "mvnw", "mvnd"],
    valued: &[
        "-f",
        "--file",
        "-s",
        "--settings",
        "-gs",
        "--global-settings",
        "-pl",
        "--projects",
        "-P",
        "--activate-profiles",
        "-T",
        "--threads",
        "-l",
        "--log-file",
        "-t",
        "--toolchains",
        "-rf",
        "--resume-from",
        "-D",
    ],
    verbs: &[
        ("dependency:go-offline", Verb::Restore),
        ("dependency:resolve", Verb::Restore),
        ("clean", Verb::Build),
        ("package", Verb::Build),
        ("install", Verb::Build),
        ("verify", Verb::Build),
        ("compile", Verb::Build),
        ("test", Verb::Build),
        ("deploy", Verb::Build),
    ],
    default: Verb::Other,
    files: &[],
    separator: "",
    ends_at_dashes: false,
    pin,
    caches: &["~/.m2"],
};

/// Versions are those of the lock file, or of the project.
const fn pin(_: &str) -> Pin {
    Pin::None
}
