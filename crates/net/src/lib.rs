//! HTTP to servers of any kind: addresses, whom to trust, proxies, redirects, retries. It reads no environment and
//! no clock; everything comes as [`Settings`]. What an answer means is the business of the crates above.

mod error;
mod forward;
mod hosts;
mod http;
mod retry;
mod roots;
mod settings;
mod truststore;
mod url;

pub use error::{NetError, NetErrorKind, NetErrorParts};
pub use hosts::host_matches;
pub use http::{Answer, Body, Http, Payload, Request, io_failure};
pub use retry::{Retry, Retryable};
pub use roots::trusted_pem;
pub use settings::{ProxySettings, Settings, Sleeper};
pub use truststore::java_trust_store;
pub use ureq::http::{HeaderName, Method, header};
pub use url::{Url, encode, host_of, is_loopback};

/// The result of an exchange.
pub type Result<T> = std::result::Result<T, NetError>;
