//! What tests of an image found.

use std::time::Duration;

/// A test that was run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    /// Its kind and its name.
    pub name: String,
    /// The line of its file, from 1; 0 where it has none.
    pub line: usize,
    /// What the program printed.
    pub stdout: String,
    /// What the program printed as errors.
    pub stderr: String,
    /// Why it fails; nothing when it passes.
    pub errors: Vec<String>,
    /// How long it took.
    pub duration: Duration,
}

impl Tested {
    /// Whether all is as expected.
    pub fn passes(&self) -> bool {
        self.errors.is_empty()
    }
}
