//! What went wrong at an engine, or on the way there.

use std::fmt;

use plan::NodeId;

/// Why an engine gave nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineError {
    /// A lowercase fragment.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The node that failed, where one did.
    pub node: Option<NodeId>,
    /// Exit code of the process that failed, where one did.
    pub exit: Option<i32>,
    /// Whether the engine could not be spoken to, and not that the build failed.
    pub environment: bool,
}

impl EngineError {
    /// The engine could not be spoken to.
    pub(crate) fn environment(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, node: None, exit: None, environment: true }
    }

    /// The build cannot be done.
    pub(crate) fn build(message: impl Into<String>) -> Self {
        Self { environment: false, ..Self::environment(message) }
    }

    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for EngineError {}

impl From<h2::Error> for EngineError {
    fn from(error: h2::Error) -> Self {
        Self::environment(format!("the connection to the engine failed: {error}"))
    }
}

impl From<std::io::Error> for EngineError {
    fn from(error: std::io::Error) -> Self {
        Self::environment(format!("the connection to the engine failed: {error}"))
    }
}
