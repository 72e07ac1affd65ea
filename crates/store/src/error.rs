//! What can go wrong in the store.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use image::Digest;

/// A failed operation of the store.
#[derive(Debug)]
pub enum StoreError {
    /// The file system refused.
    Io {
        /// What was tried, as in `read the index of a layer`.
        what: &'static str,
        /// On which path.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// Content is not what its name says.
    Corrupt {
        /// What is damaged.
        what: String,
        /// How it shows.
        detail: String,
    },
    /// Content that is not in the store.
    Missing {
        /// What is missing.
        what: String,
    },
    /// Input from outside that cannot be taken.
    Refused {
        /// Which input.
        what: String,
        /// Why not.
        why: String,
    },
    /// Another process uses the store.
    Busy,
    /// The store was made for another flavor.
    Flavor {
        /// Where it is.
        root: PathBuf,
        /// For which flavor it was made: `root` or `user`.
        made_for: String,
    },
}

impl StoreError {
    /// Names an error of the file system, to be used in `map_err`.
    pub(crate) fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { what, path, source }
    }

    /// The same for the errors of rustix.
    pub(crate) fn os(what: &'static str, path: &Path) -> impl FnOnce(rustix::io::Errno) -> Self + use<> {
        let path = path.to_owned();
        move |error| Self::Io { what, path, source: error.into() }
    }

    pub(crate) fn corrupt(what: impl fmt::Display, detail: impl fmt::Display) -> Self {
        Self::Corrupt { what: what.to_string(), detail: detail.to_string() }
    }

    pub(crate) fn missing(what: impl fmt::Display) -> Self {
        Self::Missing { what: what.to_string() }
    }

    pub(crate) fn missing_blob(digest: &Digest) -> Self {
        Self::Missing { what: format!("blob `{digest}`") }
    }

    pub(crate) fn refused(what: impl fmt::Display, why: impl fmt::Display) -> Self {
        Self::Refused { what: what.to_string(), why: why.to_string() }
    }

    /// What to do about it, where something can be done.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Some("free space, for example by `cooper store gc`, and try again")
            }
            Self::Corrupt { .. } => {
                Some("`cooper store verify` shows what is damaged; pull or build it again")
            }
            Self::Busy => Some("wait for the other cooper process to end, or ask to wait"),
            Self::Flavor { .. } => Some("use another store directory, or run as the user who made it"),
            _ => None,
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { what, path, source } => write!(f, "failed to {what} `{}`: {source}", path.display()),
            Self::Corrupt { what, detail } => write!(f, "{what} is damaged: {detail}"),
            Self::Missing { what } => write!(f, "{what} is not in the store"),
            Self::Refused { what, why } => write!(f, "{what} cannot be used: {why}"),
            Self::Busy => f.write_str("another process is using the store"),
            Self::Flavor { root, made_for } => {
                write!(f, "the store `{}` was made for flavor `{made_for}`", root.display())
            }
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
