//! go.

use super::{Manager, Pin, Verb};

pub(super) static MANAGER: Manager = Manager {
    name: "go",
    programs: &["go"],
    valued: &[
        "-C",
        "-tags",
        "-ldflags",
        "-gcflags",
        "-asmflags",
        "-mod",
        "-modfile",
        "-exec",
        "-o",
        "-p",
        "-buildmode",
        "-buildvcs",
        "-overlay",
        "-pkgdir",
        "-toolexec",
        "-pgo",
        "-installsuffix",
    ],
    verbs: &[
        ("install", Verb::Install),
        ("get", Verb::Install),
        ("run", Verb::Run),
        ("mod download", Verb::Restore),
        ("mod vendor", Verb::Restore),
        ("build", Verb::Build),
        ("test", Verb::Build),
        ("clean", Verb::Clean),
    ],
    default: Verb::Other,
    files: &[],
    separator: "@",
    ends_at_dashes: false,
    pin,
    caches: &["/go/pkg/mod", "~/go/pkg/mod", "~/.cache/go-build"],
};

/// `path@version`; a directory, or a name of the standard library.
fn pin(package: &str) -> Pin {
    if package.starts_with(['.', '/']) || package.rsplit_once('.').is_some_and(|(_, end)| end == "go") {
        return Pin::Local;
    }
    match package.rsplit_once('@') {
        Some((_, "latest" | "none")) => Pin::Channel,
        Some(_) => Pin::Version,
        None => Pin::None,
    }
}
