//! What the kernel and its settings offer, with the reason and the remedy where something is missing.

use crate::error::{ErrorKind, SandboxError};
use crate::{cgroup, spawn, userns};

/// Whether one thing can be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feature {
    /// It is there.
    Yes,
    /// It is not there.
    No {
        /// Why not, and what to do about it.
        reason: String,
    },
}

impl Feature {
    /// Whether it is there.
    pub const fn is_available(&self) -> bool {
        matches!(self, Self::Yes)
    }

    fn without(reason: Option<impl Into<String>>) -> Self {
        reason.map_or(Self::Yes, |reason| Self::No { reason: reason.into() })
    }
}

/// What the sandbox can count on here.
#[derive(Debug, Clone)]
pub struct Support {
    /// Release of the kernel, as `6.1.0-18-amd64`.
    pub kernel: String,
    /// Whether this process is root as it is: the system's own, or in a user namespace.
    pub root: bool,
    /// Namespaces: as root, or through a user namespace.
    pub namespaces: Feature,
    /// A range of subordinate ids through `newuidmap`; without it only one user id exists in an ordinary user's step.
    pub id_ranges: Feature,
    /// Overlayfs as the sandbox would mount it.
    pub overlay: Feature,
    /// A cgroup in which limits can be set.
    pub cgroups: Feature,
}

/// Looks at what the kernel offers; starts a short-lived process to try, so it needs [`crate::init`] in `main`.
pub fn support() -> Support {
    let root = rustix::process::geteuid().is_root();
    let refused = spawn::probe().err();
    let overlay_only = refused.as_ref().is_some_and(|error| error.kind() == ErrorKind::NoOverlay);
    let reason = refused.as_ref().map(SandboxError::to_string);
    Support {
        kernel: rustix::system::uname().release().to_string_lossy().into_owned(),
        root,
        namespaces: Feature::without(if overlay_only { None } else { reason.clone() }),
        id_ranges: Feature::without(if root { None } else { userns::missing_ranges() }),
        overlay: Feature::without(reason),
        cgroups: Feature::without(cgroup::available().err()),
    }
}
