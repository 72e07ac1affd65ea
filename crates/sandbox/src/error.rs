//! What can go wrong before a step runs.

use std::ffi::OsStr;
use std::fmt;
use std::io;

/// What sort of failure it is, for callers that react to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The kernel or its settings do not allow user namespaces.
    NoUserNamespaces,
    /// Overlayfs cannot be mounted here; the layers would have to be copied.
    NoOverlay,
    /// No network of their own can be had for steps.
    NoNetwork,
    /// Programs for another machine cannot be run.
    NoEmulator,
    /// The request itself is wrong.
    BadSpec,
    /// A path that was to be mounted does not exist.
    MissingSource,
    /// The sandbox's own process died before it could report.
    Died,
    /// Anything else the system refused.
    System,
}

/// A step that could not be set up: what was being done, to what, and why it failed.
#[derive(Debug)]
pub struct SandboxError {
    kind: ErrorKind,
    step: String,
    object: String,
    detail: String,
    source: Option<io::Error>,
}

impl SandboxError {
    /// A failed system call.
    pub(crate) fn os(step: &str, object: impl Into<String>, source: impl Into<io::Error>) -> Self {
        Self {
            kind: ErrorKind::System,
            step: step.to_owned(),
            object: object.into(),
            detail: String::new(),
            source: Some(source.into()),
        }
    }

    /// A failure without a system error.
    pub(crate) fn new(kind: ErrorKind, step: &str, detail: impl Into<String>) -> Self {
        Self { kind, step: step.to_owned(), object: String::new(), detail: detail.into(), source: None }
    }

    /// Puts together what was taken apart to be sent; `texts` are step, object and detail.
    pub(crate) fn from_parts(kind: ErrorKind, texts: [String; 3], errno: Option<i32>) -> Self {
        let [step, object, detail] = texts;
        Self { kind, step, object, detail, source: errno.map(io::Error::from_raw_os_error) }
    }

    /// The same with another kind.
    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.kind = kind;
        self
    }

    /// The same with a remark: what to do, or what the kernel said.
    pub(crate) fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// What sort of failure it is.
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What was being done, as `mount overlay` or `write uid map`.
    pub fn step(&self) -> &str {
        &self.step
    }

    /// What it was done to, as a path; empty when there is nothing to name.
    pub fn object(&self) -> &str {
        &self.object
    }

    /// A remark: what to do about it, or what the kernel said; may be empty.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The system's error number.
    pub fn errno(&self) -> Option<i32> {
        self.source.as_ref().and_then(io::Error::raw_os_error)
    }
}

impl fmt::Display for SandboxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}", self.step)?;
        if !self.object.is_empty() {
            write!(f, " `{}`", self.object)?;
        }
        if let Some(errno) = self.errno() {
            write!(f, ": {}", rustix::io::Errno::from_raw_os_error(errno))?;
        } else if let Some(source) = &self.source {
            write!(f, ": {source}")?;
        }
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        Ok(())
    }
}

impl std::error::Error for SandboxError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

/// Says what was being done when a system call failed.
pub(crate) trait Context<T> {
    /// Wraps the error with the step and what it was done to.
    fn context(self, step: &str, object: impl AsRef<OsStr>) -> Result<T, SandboxError>;
}

impl<T, E: Into<io::Error>> Context<T> for Result<T, E> {
    fn context(self, step: &str, object: impl AsRef<OsStr>) -> Result<T, SandboxError> {
        self.map_err(|error| SandboxError::os(step, object.as_ref().to_string_lossy(), error))
    }
}
