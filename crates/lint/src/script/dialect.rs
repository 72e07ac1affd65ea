//! Which shell `/bin/sh` is in an image.

use crate::context::Context;

/// A shell that runs a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SystemShell {
    /// dash, as in Debian and Ubuntu.
    Dash,
    /// The ash of busybox, as in Alpine.
    Busybox,
    /// bash, also where it is called `sh`, as in Fedora and its relatives.
    Bash,
    /// It is not known, so that only what POSIX has can be counted on.
    Unknown,
}

/// Images by the name of their shell; names of official images, and beginnings of others.
const BASH: &[&str] = &[
    "almalinux",
    "amazonlinux",
    "archlinux",
    "centos",
    "fedora",
    "mageia",
    "oraclelinux",
    "photon",
    "registry.access.redhat.com/",
    "registry.fedoraproject.org/",
    "registry.redhat.io/",
    "rockylinux",
    "quay.io/centos/",
    "quay.io/fedora/",
    "opensuse/",
    "registry.opensuse.org/",
    "registry.suse.com/",
];

impl SystemShell {
    /// The shell of a stage, as far as its base tells.
    pub(crate) fn of_stage(context: &Context<'_>, stage: usize) -> Self {
        let root = context.root_image(stage);
        root.map_or(Self::Unknown, |(image, tag)| Self::of_image(&image, &tag.unwrap_or_default()))
    }

    fn of_image(image: &str, tag: &str) -> Self {
        let named = |name: &&str| image == *name || name.ends_with('/') && image.starts_with(name);
        if BASH.iter().any(named) {
            Self::Bash
        } else if tag.contains("alpine") || matches!(image, "alpine" | "busybox") {
            Self::Busybox
        } else if matches!(image, "debian" | "ubuntu") {
            Self::Dash
        } else {
            Self::Unknown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shell_follows_from_the_image() {
        let check = |image: &str, tag: &str, expect| {
            assert_eq!(SystemShell::of_image(image, tag), expect, "{image}");
        };
        check("fedora", "41", SystemShell::Bash);
        check("registry.access.redhat.com/ubi9/ubi", "", SystemShell::Bash);
        check("alpine", "", SystemShell::Busybox);
        check("node", "22-alpine3.20", SystemShell::Busybox);
        check("debian", "12-slim", SystemShell::Dash);
        check("node", "22", SystemShell::Unknown);
        check("fedoraish", "", SystemShell::Unknown);
    }
}
