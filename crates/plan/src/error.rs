//! Why a Dockerfile cannot be planned.

use std::fmt;

use kit::TextRange;

/// A problem with its place in the Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanError {
    /// What is wrong: a lowercase fragment.
    pub message: String,
    /// Where.
    pub range: Option<TextRange>,
    /// What to do about it.
    pub help: Option<String>,
    /// Whether a registry or the network is the cause, not the Dockerfile.
    pub environment: bool,
}

impl PlanError {
    /// A problem at a place.
    pub fn at(range: TextRange, message: impl Into<String>) -> Self {
        Self { message: message.into(), range: Some(range), help: None, environment: false }
    }

    /// The same with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PlanError {}
