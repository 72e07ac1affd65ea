//! The user that steps and the container run as.

use kit::TextRange;
use syntax::Spanned;

use super::Step;

/// Who it is, and where that is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum User {
    /// No USER says so: that of the base image.
    Base,
    /// Root, by name or number.
    Root(TextRange),
    /// Somebody else.
    Other(TextRange),
    /// It depends on an argument.
    Unknown,
}

impl User {
    pub(super) fn new(step: &Step<'_>, user: &Spanned<String>) -> Self {
        let Some(text) = step.expand(&user.value) else { return Self::Unknown };
        match text.split(':').next().unwrap_or_default().trim() {
            "" => Self::Unknown,
            "root" | "0" => Self::Root(user.range),
            _ => Self::Other(user.range),
        }
    }
}
