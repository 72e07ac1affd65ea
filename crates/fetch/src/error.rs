//! Why something could not be fetched.

use std::fmt;

use net::{NetError, NetErrorKind};

/// A failed fetch.
#[derive(Debug, Clone)]
pub struct FetchError {
    /// What failed and why: a lowercase fragment.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Whether the machine, the network or a server is the cause, not what was asked for.
    pub environment: bool,
    /// Whether nobody was reached.
    pub unreachable: bool,
}

impl FetchError {
    /// A failure of a server, of the network or of the machine.
    pub(crate) fn environment(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, environment: true, unreachable: false }
    }

    /// A failure of what was asked for.
    pub(crate) fn asked(message: impl Into<String>) -> Self {
        Self { environment: false, ..Self::environment(message) }
    }

    /// The same with advice, unless it has some.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help.get_or_insert_with(|| help.into());
        self
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for FetchError {}

impl From<NetError> for FetchError {
    fn from(error: NetError) -> Self {
        let (kind, text) = (error.kind(), error.to_string());
        let made = Self { help: error.hint().map(str::to_owned), ..Self::environment(text) };
        match kind {
            NetErrorKind::Unreachable => Self { unreachable: true, ..made },
            NetErrorKind::NotTls => made.help("if it is plain http, write `http://`"),
            _ => made,
        }
    }
}
