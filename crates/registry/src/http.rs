//! Exchanges with a registry, on top of what is common to all servers, and what an answer that is no success means.

use std::time::Duration;

use kit::{Redacted, read_bounded};
use net::header::RETRY_AFTER;
pub(crate) use net::{Answer, Body, Request, io_failure};
use net::{NetError, NetErrorKind};

use crate::error::parse_details;
use crate::{Config, ErrorKind, RegistryError, Result};

/// Most that is read of the body of an error.
const MAX_ERROR_BODY: u64 = 64 << 10;

/// The agents.
pub(crate) struct Http(net::Http);

impl Http {
    pub(crate) fn new(config: &Config) -> Result<Self> {
        Ok(Self(net::Http::new(&config.net())?))
    }

    /// Whether plain http to this host is allowed.
    pub(crate) fn may_be_plain(&self, authority: &str) -> bool {
        self.0.may_be_plain(authority)
    }

    /// Sends a request and follows redirects. Any status is an answer.
    pub(crate) fn send(
        &self,
        request: &Request<'_>,
        authorization: Option<&Redacted<String>>,
    ) -> Result<Answer> {
        self.0.send(request, authorization).map_err(|error| explain(error, request))
    }
}

/// The same error in this crate's type, with what helps against it at a registry.
fn explain(error: NetError, request: &Request<'_>) -> RegistryError {
    let host = request.url.authority();
    let not_tls = error.kind() == NetErrorKind::NotTls;
    let error = RegistryError::from(error);
    if !not_tls {
        return error;
    }
    error.with_hint(format!(
        "if `{host}` speaks plain http, allow that with `--insecure-registry {host}` or in the configuration"
    ))
}

/// The error that an answer stands for.
pub(crate) fn into_error(answer: Answer) -> RegistryError {
    let (status, url) = (answer.status, answer.url.clone());
    let retry_after = answer.header(RETRY_AFTER).and_then(|text| text.trim().parse().ok());
    let body = read_bounded(answer.into_reader(), MAX_ERROR_BODY).unwrap_or_default();
    let error = RegistryError::new(kind_of(status), text_of(status))
        .with_status(status)
        .with_url(&url)
        .with_details(parse_details(&body))
        .with_retry_after(retry_after.map(Duration::from_secs));
    let passes = matches!(status, 408 | 429 | 500 | 502..=599);
    if passes { error.retryable() } else { error }
}

fn kind_of(status: u16) -> ErrorKind {
    match status {
        401 => ErrorKind::Unauthorized,
        403 => ErrorKind::Denied,
        404 => ErrorKind::NotFound,
        413 => ErrorKind::TooLarge,
        429 => ErrorKind::RateLimited,
        408 | 500..=599 => ErrorKind::Server,
        400..=499 => ErrorKind::Refused,
        _ => ErrorKind::Protocol,
    }
}

fn text_of(status: u16) -> String {
    let text = match status {
        401 => "the registry wants to know who asks",
        403 => "access is denied",
        404 => "not found",
        429 => "the registry limits the number of requests",
        500..=599 => "the registry failed",
        400..=499 => "the registry refused the request",
        _ => "the registry gave an answer that does not fit the request",
    };
    format!("{text} (status {status})")
}
