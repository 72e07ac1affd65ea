//! What can go wrong between this program and a registry.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use serde::Deserialize;

use net::{NetError, NetErrorKind, Url};

/// What kind of failure it is; callers decide by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No answer: name unknown, connection refused or lost, TLS failed, timeout.
    Unreachable,
    /// Credentials are missing or wrong (401, or the token server refused).
    Unauthorized,
    /// There is no such image, tag or blob (404).
    NotFound,
    /// The credentials do not allow this (403).
    Denied,
    /// Too many requests (429), also after the retries.
    RateLimited,
    /// The content is not what the digest promises.
    DigestMismatch,
    /// An answer is larger than its bound.
    TooLarge,
    /// The registry's answer breaks the protocol, or uses something that is not supported.
    Protocol,
    /// The registry failed (5xx), also after the retries.
    Server,
    /// The registry refused the request (other 4xx).
    Refused,
    /// A setting or credential file is unusable.
    Config,
    /// The caller's source or sink failed.
    Local,
    /// The caller stopped the transfer.
    Cancelled,
}

/// One error entry of a registry's answer (distribution-spec, "Error Codes").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// For example `MANIFEST_UNKNOWN`.
    pub code: String,
    /// Free text of the registry, control characters removed.
    pub message: String,
}

/// A failed call. `Display` is one line: what failed, why, and what the registry said; [`RegistryError::hint`] says
/// what to do. Neither holds credentials: queries of addresses are cut to what is known to be harmless.
#[derive(Debug)]
pub struct RegistryError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    text: String,
    subject: Option<String>,
    url: Option<String>,
    status: Option<u16>,
    details: Vec<Detail>,
    hint: Option<String>,
    retry_after: Option<Duration>,
    retryable: bool,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl RegistryError {
    pub(crate) fn new(kind: ErrorKind, text: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            text: text.into(),
            subject: None,
            url: None,
            status: None,
            details: Vec::new(),
            hint: None,
            retry_after: None,
            retryable: false,
            source: None,
        }))
    }

    pub(crate) fn protocol(text: impl Into<String>) -> Self {
        Self::new(ErrorKind::Protocol, text)
    }

    /// The caller's own reader or writer failed. One that reads from a registry keeps that error.
    pub(crate) fn local(text: &str, error: std::io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(inner) => Self(Box::new(Inner { retryable: false, ..*inner.0 })),
            Err(error) => Self::new(ErrorKind::Local, text).with_source(error),
        }
    }

    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    pub(crate) fn cancelled() -> Self {
        Self::new(ErrorKind::Cancelled, "the transfer was stopped")
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint.get_or_insert_with(|| hint.into());
        self
    }

    pub(crate) fn with_url(mut self, url: &Url) -> Self {
        self.0.url.get_or_insert_with(|| url.redacted());
        self
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    pub(crate) fn with_details(mut self, details: Vec<Detail>) -> Self {
        self.0.details = details;
        self
    }

    pub(crate) fn with_retry_after(mut self, time: Option<Duration>) -> Self {
        self.0.retry_after = time;
        self
    }

    pub(crate) fn retryable(mut self) -> Self {
        self.0.retryable = true;
        self
    }

    fn of_net(error: NetError) -> Self {
        let parts = error.into_parts();
        let kind = match parts.kind {
            NetErrorKind::Unreachable | NetErrorKind::NotTls => ErrorKind::Unreachable,
            NetErrorKind::TooLarge => ErrorKind::TooLarge,
            NetErrorKind::Protocol => ErrorKind::Protocol,
            NetErrorKind::Config => ErrorKind::Config,
            NetErrorKind::Payload => ErrorKind::Local,
        };
        // The reader of a part reports errors of this very type through the connection.
        let source = match parts.source {
            Some(source) if kind == ErrorKind::Local => match source.downcast::<std::io::Error>() {
                Ok(error) => return Self::local(&parts.text, *error),
                Err(other) => Some(other),
            },
            source => source,
        };
        Self(Box::new(Inner {
            url: parts.url,
            hint: parts.hint,
            retryable: parts.retryable,
            source,
            ..*Self::new(kind, parts.text).0
        }))
    }

    /// Names the image or blob that the call was about.
    pub(crate) fn about(mut self, subject: &dyn fmt::Display) -> Self {
        self.0.subject.get_or_insert_with(|| subject.to_string());
        self
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The HTTP status, when there was an answer.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The address, without credentials and unknown query parts.
    pub fn url(&self) -> Option<&str> {
        self.0.url.as_deref()
    }

    /// The image or blob that the call was about.
    pub fn subject(&self) -> Option<&str> {
        self.0.subject.as_deref()
    }

    /// The registry's own words.
    pub fn details(&self) -> &[Detail] {
        &self.0.details
    }

    /// What to do about it, where something can be said.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// Whether the registry named this error code.
    pub fn has_code(&self, code: &str) -> bool {
        self.0.details.iter().any(|detail| detail.code == code)
    }

    /// Whether nobody listens at the address.
    pub(crate) fn is_refused(&self) -> bool {
        let source = self.0.source.as_ref().and_then(|source| source.downcast_ref::<std::io::Error>());
        source.is_some_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused)
    }
}

impl net::Retryable for RegistryError {
    fn is_retryable(&self) -> bool {
        self.0.retryable
    }

    fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }
}

impl From<NetError> for RegistryError {
    fn from(error: NetError) -> Self {
        Self::of_net(error)
    }
}

impl fmt::Display for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        if let Some(subject) = &inner.subject {
            write!(f, "`{subject}`: ")?;
        }
        f.write_str(&inner.text)?;
        for Detail { code, message } in &inner.details {
            write!(f, "; the registry says `{code}`")?;
            if !message.is_empty() {
                write!(f, ": {message}")?;
            }
        }
        inner.url.as_ref().map_or(Ok(()), |url| write!(f, " (at `{url}`)"))
    }
}

impl Error for RegistryError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    errors: Vec<BodyError>,
    // Token servers answer with `details` or the fields of RFC 6749.
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    error_description: Option<String>,
    #[serde(default)]
    details: Option<String>,
}

#[derive(Deserialize)]
struct BodyError {
    #[serde(default)]
    code: serde_json::Value,
    #[serde(default)]
    message: Option<String>,
}

/// Reads the error entries of an answer, at most five of them, cut to a printable length.
pub(crate) fn parse_details(body: &[u8]) -> Vec<Detail> {
    let Ok(body) = serde_json::from_slice::<Body>(body) else { return Vec::new() };
    let mut out: Vec<Detail> = body
        .errors
        .iter()
        .take(5)
        .map(|error| Detail {
            code: printable(error.code.as_str().unwrap_or("UNKNOWN"), 60),
            message: printable(error.message.as_deref().unwrap_or(""), 300),
        })
        .collect();
    if let (true, Some(message)) = (out.is_empty(), body.error_description.or(body.details)) {
        let code = printable(body.error.as_deref().unwrap_or("UNKNOWN"), 60);
        out.push(Detail { code, message: printable(&message, 300) });
    }
    out
}

/// Cuts a text from outside to `limit` characters and takes out what could steer a terminal.
pub(crate) fn printable(text: &str, limit: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(limit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_registries_and_token_servers_are_read() {
        let check = |body: &str, expect: &[(&str, &str)]| {
            let found = parse_details(body.as_bytes());
            let found: Vec<_> = found.iter().map(|d| (d.code.as_str(), d.message.as_str())).collect();
            assert_eq!(found, expect, "{body}");
        };
        check(r#"{"errors":[{"code":"DENIED","message":"no\u001b[2J"}]}"#, &[("DENIED", "no[2J")]);
        check(r#"{"errors":[{"code":7}]}"#, &[("UNKNOWN", "")]);
        check(
            r#"{"details":"incorrect username or password"}"#,
            &[("UNKNOWN", "incorrect username or password")],
        );
        check(r#"{"error":"invalid_grant","error_description":"expired"}"#, &[("invalid_grant", "expired")]);
        check("<html>", &[]);
        let many = format!(r#"{{"errors":[{}]}}"#, vec![r#"{"code":"A"}"#; 50].join(","));
        assert_eq!(parse_details(many.as_bytes()).len(), 5);
    }

    #[test]
    fn an_error_is_one_line_with_the_subject_first() {
        let error = RegistryError::new(ErrorKind::NotFound, "not found")
            .about(&"debian:12")
            .with_details(vec![Detail { code: "MANIFEST_UNKNOWN".into(), message: "unknown tag".into() }]);
        assert_eq!(
            error.to_string(),
            "`debian:12`: not found; the registry says `MANIFEST_UNKNOWN`: unknown tag"
        );
    }
}
