//! Why a build failed, and where.

use std::fmt;
use std::path::PathBuf;

use kit::TextRange;

use crate::FailedState;

/// A failed build.
#[derive(Debug)]
pub struct BuildError {
    /// What failed: a lowercase fragment.
    pub message: String,
    /// The instruction.
    pub range: Option<TextRange>,
    /// What to do about it.
    pub help: Option<String>,
    /// Whether the machine or the network is the cause, not the Dockerfile.
    pub environment: bool,
    /// The process that failed, where one did.
    pub step: Option<Box<FailedStep>>,
}

/// A process that ended with an error.
#[derive(Debug, Clone)]
pub struct FailedStep {
    /// Exit code; 128 and the number of the signal when it was killed.
    pub code: i32,
    /// The last lines it wrote.
    pub tail: Vec<String>,
    /// Its command.
    pub command: String,
    /// Where its whole output is.
    pub log: Option<PathBuf>,
    /// What it left behind, where that was asked for.
    pub state: Option<FailedState>,
}

impl BuildError {
    /// A failure of an instruction.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), range: None, help: None, environment: false, step: None }
    }

    /// A failure of the machine: disk, kernel, network.
    pub fn environment(message: impl Into<String>) -> Self {
        Self { environment: true, ..Self::new(message) }
    }

    /// The same with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same at a place, unless it has one.
    #[must_use]
    pub fn at(mut self, range: TextRange) -> Self {
        self.range.get_or_insert(range);
        self
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for BuildError {}

impl From<store::StoreError> for BuildError {
    fn from(error: store::StoreError) -> Self {
        let help = error.hint().map(str::to_owned);
        Self { help, ..Self::environment(error.to_string()) }
    }
}

impl From<std::io::Error> for BuildError {
    fn from(error: std::io::Error) -> Self {
        let full = error.kind() == std::io::ErrorKind::StorageFull;
        let made = Self::environment(error.to_string());
        if full { made.help("free space, for example by `cooper store gc`, and build again") } else { made }
    }
}
