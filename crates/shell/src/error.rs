//! What is wrong with a shell text.

use std::fmt;

use kit::TextRange;

/// Something that a shell refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellError {
    /// The offending text; can be empty, at the place where something is missing.
    pub range: TextRange,
    /// What is wrong: a lowercase fragment.
    pub message: String,
    /// The text that opens what has no end.
    pub opened: Option<TextRange>,
    /// Whether the shell finds it only when it gets there, after the commands before have been run.
    pub late: bool,
}

impl fmt::Display for ShellError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ShellError {}
