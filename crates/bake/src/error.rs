//! What is wrong with a build file, and where.

use std::fmt;

use kit::TextRange;

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BakeError {
    /// A lowercase fragment.
    pub message: String,
    /// The number of the file, and the place in it.
    pub place: Option<(usize, TextRange)>,
    /// What to do about it.
    pub help: Option<String>,
}

impl BakeError {
    /// An error without a place.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), place: None, help: None }
    }

    /// The same with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same at a place, unless it has one.
    #[must_use]
    pub(crate) fn at(mut self, file: usize, range: Option<TextRange>) -> Self {
        self.place = self.place.or_else(|| range.map(|range| (file, range)));
        self
    }
}

impl From<String> for BakeError {
    fn from(message: String) -> Self {
        Self::new(message)
    }
}

impl fmt::Display for BakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for BakeError {}
