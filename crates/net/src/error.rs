//! What can go wrong between this program and a server.

use std::error::Error;
use std::fmt;

use crate::Url;

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NetErrorKind {
    /// No answer: name unknown, connection refused or lost, TLS failed, timeout.
    Unreachable,
    /// The server does not speak TLS; perhaps it speaks plain http.
    NotTls,
    /// An answer is larger than its bound.
    TooLarge,
    /// The answer breaks the protocol, or uses something that is not supported.
    Protocol,
    /// A setting is unusable.
    Config,
    /// What was to be sent could not be read; the source is the [`std::io::Error`] of its reader.
    Payload,
}

/// A failed exchange. `Display` is what failed and why, in one line without credentials; [`NetError::hint`] says what
/// to do.
#[derive(Debug)]
pub struct NetError {
    kind: NetErrorKind,
    text: String,
    url: Option<String>,
    hint: Option<String>,
    retryable: bool,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What a [`NetError`] is made of.
pub struct NetErrorParts {
    /// What kind of failure it is.
    pub kind: NetErrorKind,
    /// What failed and why.
    pub text: String,
    /// The address, without credentials and unknown query parts.
    pub url: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// Whether the same may succeed a moment later.
    pub retryable: bool,
    /// What lies behind it.
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

impl NetError {
    /// A failure of a kind.
    pub fn new(kind: NetErrorKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), url: None, hint: None, retryable: false, source: None }
    }

    pub(crate) fn protocol(text: impl Into<String>) -> Self {
        Self::new(NetErrorKind::Protocol, text)
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The same with advice, unless it has some.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint.get_or_insert_with(|| hint.into());
        self
    }

    /// The same with the address that the exchange was about, unless it has one.
    #[must_use]
    pub fn with_url(mut self, url: &Url) -> Self {
        self.url.get_or_insert_with(|| url.redacted());
        self
    }

    /// The same, as one that may pass.
    #[must_use]
    pub fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> NetErrorKind {
        self.kind
    }

    /// What to do about it, where something can be said.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Whether the same may succeed a moment later.
    pub fn is_retryable(&self) -> bool {
        self.retryable
    }

    /// Takes it apart, for an error type of another crate.
    pub fn into_parts(self) -> NetErrorParts {
        let Self { kind, text, url, hint, retryable, source } = self;
        NetErrorParts { kind, text, url, hint, retryable, source }
    }
}

impl fmt::Display for NetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        self.url.as_ref().map_or(Ok(()), |url| write!(f, " (at `{url}`)"))
    }
}

impl Error for NetError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
