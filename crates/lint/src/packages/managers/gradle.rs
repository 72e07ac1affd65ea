//! Gradle: `gradle`, and `gradlew` of a project.

use super::{Manager, Pin, Verb};

pub(super) static MANAGER: Manager = Manager {
    name: "gradle",
    programs: &["gradle", "gradlew"],
    valued: &[
        "-b",
        "--build-file",
        "-c",
        "--settings-file",
        "-g",
        "--gradle-user-home",
        "-p",
        "--project-dir",
        "-x",
        "--exclude-task",
        "-I",
        "--init-script",
        "--max-workers",
        "--console",
        "-D",
        "-P",
    ],
    verbs: &[
        ("build", Verb::Build),
        ("assemble", Verb::Build),
        ("bootJar", Verb::Build),
        ("shadowJar", Verb::Build),
        ("installDist", Verb::Build),
        ("jar", Verb::Build),
        ("clean", Verb::Build),
        ("test", Verb::Build),
        ("dependencies", Verb::Restore),
    ],
    default: Verb::Other,
    files: &[],
    separator: "",
    ends_at_dashes: false,
    pin,
    caches: &["~/.gradle"],
};

/// Versions are those of the lock file, or of the project.
const fn pin(_: &str) -> Pin {
    Pin::None
}
