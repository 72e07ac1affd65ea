//! One exchange with a server: agents, proxies, redirects.

use std::io::{self, Read};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kit::{Redacted, read_bounded};
use rustls::CertificateError;
use ureq::http::header::{AUTHORIZATION, CONTENT_LENGTH, LOCATION, USER_AGENT};
use ureq::http::{self, HeaderMap, HeaderName, Method};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Proxy, SendBody};

use crate::forward::{self, Forwarded, Patience};
use crate::url::{Url, is_loopback};
use crate::{NetError, NetErrorKind, Result, Settings, host_matches, roots};

/// Most that is read of the body of an error.
const MAX_ERROR_BODY: u64 = 64 << 10;
/// Most redirects that are followed for one request.
const MAX_REDIRECTS: usize = 10;
/// Largest head of an answer.
const MAX_HEAD: usize = 64 << 10;

/// What is sent along.
#[derive(Clone, Copy)]
pub enum Body<'a> {
    /// Nothing, for methods that have no body.
    None,
    /// These bytes.
    Bytes(&'a [u8]),
    /// Content that is opened anew for each attempt.
    Payload(&'a dyn Payload),
}

/// Content that is read while it is sent.
pub trait Payload {
    /// How many bytes it has.
    fn size(&self) -> u64;

    /// Opens it at its start. An error of the reader ends the exchange with a [`NetErrorKind::Payload`].
    fn open(&self) -> io::Result<Box<dyn Read + '_>>;
}

/// A request; its authorization comes apart, because redirects can take it away.
pub struct Request<'a> {
    /// The method.
    pub method: Method,
    /// The address.
    pub url: Url,
    /// Headers besides authorization and agent.
    pub headers: Vec<(HeaderName, String)>,
    /// What is sent along.
    pub body: Body<'a>,
    /// Whether a redirect from https to plain http is followed to any host: only where the content is checked in
    /// another way.
    pub any_downgrade: bool,
}

impl<'a> Request<'a> {
    /// A request without headers and body.
    pub fn new(method: Method, url: Url) -> Self {
        Self { method, url, headers: Vec::new(), body: Body::None, any_downgrade: false }
    }

    /// The same with a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same with a body.
    #[must_use]
    pub fn body(mut self, body: Body<'a>) -> Self {
        self.body = body;
        self
    }
}

/// Passes what a payload's reader gives, and keeps its error: what the connection says about it is only the
/// consequence.
struct Watched<'a> {
    inner: Box<dyn Read + 'a>,
    failure: Option<io::Error>,
}

impl Read for Watched<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buf).map_err(|error| {
            let text = error.to_string();
            self.failure = Some(error);
            io::Error::other(text)
        })
    }
}

fn unreadable(error: io::Error) -> NetError {
    NetError::new(NetErrorKind::Payload, "the content cannot be read").with_source(error)
}

/// The agents: by https or not, through a proxy or not, with long patience or not.
pub struct Http {
    agents: [OnceLock<Agent>; 8],
    proxies: [Option<Proxy>; 2],
    no_proxy: Vec<String>,
    insecure: Vec<String>,
    extra_roots: Vec<Certificate<'static>>,
    settings: Settings,
}

impl Http {
    /// Agents with these settings. Nothing is contacted yet, but a malformed proxy or an unusable bundle of certificates is an
    /// error of kind [`NetErrorKind::Config`].
    pub fn new(settings: &Settings) -> Result<Self> {
        let proxies = settings.proxy.clone().unwrap_or_default();
        let proxy = |value: &Option<Redacted<String>>| match value {
            Some(text) if !text.reveal().is_empty() => Proxy::new(text.reveal()).map(Some).map_err(|_| {
                NetError::new(NetErrorKind::Config, "the address of the proxy is malformed")
                    .with_hint("it must look like `http://[user:password@]host:port`")
            }),
            _ => Ok(None),
        };
        let mut extra_roots = Vec::new();
        for path in &settings.ca_bundles {
            extra_roots.extend(roots::bundle(path)?);
        }
        Ok(Self {
            agents: Default::default(),
            proxies: [proxy(&proxies.http)?, proxy(&proxies.https)?],
            no_proxy: proxies.no_proxy.split(',').map(str::to_owned).collect(),
            insecure: settings.insecure.clone(),
            extra_roots,
            settings: settings.clone(),
        })
    }

    /// Whether plain http to this host is allowed.
    pub fn may_be_plain(&self, authority: &str) -> bool {
        is_loopback(authority) || self.insecure.iter().any(|entry| host_matches(entry, authority, false))
    }

    /// Sends a request and follows redirects. Any status is an answer. The authorization goes only to the origin
    /// of the request's own address.
    pub fn send(&self, request: &Request<'_>, authorization: Option<&Redacted<String>>) -> Result<Answer> {
        let (mut url, mut authorization) = (request.url.clone(), authorization);
        for _ in 0..=MAX_REDIRECTS {
            let answer = self.exchange(request, &url, authorization).map_err(|error| error.with_url(&url))?;
            if !Self::is_redirect(request, answer.status) {
                return Ok(answer);
            }
            let next = answer.location()?;
            let downgrade = url.is_https() && !next.is_https();
            if downgrade && !request.any_downgrade && !self.may_be_plain(next.authority()) {
                let text = "a redirect from https to plain http is refused";
                return Err(NetError::protocol(text).with_url(&next));
            }
            if !next.same_origin(&url) {
                authorization = None;
            }
            url = next;
        }
        Err(NetError::protocol(format!("more than {MAX_REDIRECTS} redirects")).with_url(&request.url))
    }

    /// 307 and 308 keep the method; the others are followed only where that makes no difference.
    fn is_redirect(request: &Request<'_>, status: u16) -> bool {
        let safe = request.method == Method::GET || request.method == Method::HEAD;
        matches!(status, 307 | 308) || safe && matches!(status, 301..=303)
    }

    fn exchange(&self, request: &Request<'_>, url: &Url, auth: Option<&Redacted<String>>) -> Result<Answer> {
        if let Some(proxy) = self.forwards(url) {
            return self.forward(request, url, auth, proxy);
        }
        let agent = self.agent(url, !matches!(request.body, Body::None))?;
        let mut builder = http::Request::builder()
            .method(request.method.clone())
            .uri(url.to_string())
            .header(USER_AGENT, &self.settings.user_agent);
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        if let Some(value) = auth {
            builder = builder.header(AUTHORIZATION, value.reveal());
        }
        // The error of the builder could quote a header value, so it is not kept.
        let bad = |_| NetError::protocol("the request cannot be expressed in http");
        let fail = |error| self.failure(error, url);
        let answer = match request.body {
            Body::None => agent.run(builder.body(()).map_err(bad)?).map_err(fail)?,
            Body::Bytes(bytes) => agent.run(builder.body(bytes).map_err(bad)?).map_err(fail)?,
            Body::Payload(payload) => {
                let mut feed = Watched { inner: payload.open().map_err(unreadable)?, failure: None };
                let builder = builder.header(CONTENT_LENGTH, payload.size());
                let sent = agent.run(builder.body(SendBody::from_reader(&mut feed)).map_err(bad)?);
                feed.failure.map_or(Ok(()), |error| Err(unreadable(error)))?;
                sent.map_err(fail)?
            }
        };
        let (head, body) = answer.into_parts();
        let body = Box::new(body.into_reader());
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body, url: url.clone() })
    }

    /// The proxy that an address is reached through.
    fn proxy(&self, url: &Url) -> Option<&Proxy> {
        let direct = is_loopback(url.authority())
            || self.no_proxy.iter().any(|entry| host_matches(entry, url.authority(), true));
        self.proxies[usize::from(url.is_https())].as_ref().filter(|_| !direct)
    }

    /// The proxy that takes whole requests for an address.
    fn forwards(&self, url: &Url) -> Option<&Proxy> {
        self.proxy(url).filter(|proxy| !url.is_https() && proxy.protocol() == ureq::ProxyProtocol::Http)
    }

    fn forward(
        &self,
        request: &Request<'_>,
        url: &Url,
        auth: Option<&Redacted<String>>,
        proxy: &Proxy,
    ) -> Result<Answer> {
        let mut lines = vec![
            format!("{} {url} HTTP/1.1", request.method),
            format!("Host: {}", url.authority()),
            format!("User-Agent: {}", self.settings.user_agent),
            "Connection: close".to_owned(),
        ];
        if let Some(name) = proxy.username() {
            let login = STANDARD.encode(format!("{name}:{}", proxy.password().unwrap_or_default()));
            lines.push(format!("Proxy-Authorization: Basic {login}"));
        }
        lines.extend(auth.map(|value| format!("Authorization: {}", value.reveal())));
        lines.extend(request.headers.iter().map(|(name, value)| format!("{name}: {value}")));
        if lines.iter().any(|line| line.contains(['\r', '\n'])) {
            return Err(NetError::protocol("the request cannot be expressed in http"));
        }
        let silence = self.settings.timeout;
        let patience = Patience { connect: silence.min(Duration::from_secs(30)), silence };
        let stream = forward::connect(proxy.host(), proxy.port(), patience)?;
        let mut feed = Watched { inner: Box::new(io::empty()), failure: None };
        match request.body {
            Body::None => {}
            Body::Bytes(bytes) => {
                lines.push(format!("Content-Length: {}", bytes.len()));
                feed.inner = Box::new(bytes);
            }
            Body::Payload(payload) => {
                lines.push(format!("Content-Length: {}", payload.size()));
                feed.inner = payload.open().map_err(unreadable)?;
            }
        }
        let sent = forward::exchange(stream, &lines, &mut feed, request.method == Method::HEAD);
        feed.failure.map_or(Ok(()), |error| Err(unreadable(error)))?;
        let Forwarded { status, headers, body } = sent.map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => NetError::protocol(error.to_string()),
            _ => io_failure(error, url),
        })?;
        Ok(Answer { status, headers, body, url: url.clone() })
    }

    fn agent(&self, url: &Url, patient: bool) -> Result<&Agent> {
        let proxy = self.proxy(url);
        let slot = usize::from(url.is_https()) * 4 + usize::from(proxy.is_some()) * 2 + usize::from(patient);
        if let Some(agent) = self.agents[slot].get() {
            return Ok(agent);
        }
        let tls = url.is_https() || proxy.is_some_and(|proxy| proxy.protocol() == ureq::ProxyProtocol::Https);
        let agent = self.build_agent(proxy.cloned(), tls, patient)?;
        Ok(self.agents[slot].get_or_init(|| agent))
    }

    fn build_agent(&self, proxy: Option<Proxy>, tls: bool, patient: bool) -> Result<Agent> {
        let time = self.settings.timeout;
        let silence = if patient { time * 5 } else { time };
        let mut builder = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(proxy)
            .max_response_header_size(MAX_HEAD)
            .max_idle_connections_per_host(16)
            .max_idle_connections(64)
            .timeout_connect(Some(time.min(Duration::from_secs(30))))
            .timeout_per_read(Some(silence))
            .timeout_per_write(Some(time))
            .timeout_recv_response(Some(silence));
        if tls {
            builder = builder.tls_config(self.tls()?);
        }
        Ok(builder.build().new_agent())
    }

    fn tls(&self) -> Result<TlsConfig> {
        let mut certificates = roots::system(self.settings.system_roots.as_deref())?;
        certificates.extend(self.extra_roots.iter().cloned());
        if certificates.is_empty() {
            return Err(NetError::new(
                NetErrorKind::Config,
                "this system has no bundle of trusted certificates",
            )
            .with_hint("install the package `ca-certificates`, or name a bundle as `ca-bundle` of `[registry]` in cooper.toml"));
        }
        Ok(TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&certificates))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build())
    }

    fn failure(&self, error: ureq::Error, url: &Url) -> NetError {
        let unreachable = |text: &str| NetError::new(NetErrorKind::Unreachable, text);
        match error {
            ureq::Error::HostNotFound => unknown_host(),
            ureq::Error::Timeout(_) => {
                let text = format!("no answer within {} s", self.settings.timeout.as_secs_f32());
                unreachable(&text).retryable()
            }
            ureq::Error::Rustls(error) => tls_failure(&error, url),
            ureq::Error::Io(error) => io_failure(error, url),
            ureq::Error::LargeResponseHeader(..) => {
                NetError::new(NetErrorKind::TooLarge, "the head of the answer is too large")
            }
            ureq::Error::ConnectProxyFailed(_) => unreachable("the proxy does not connect to the server")
                .with_hint("check the proxy settings; `no_proxy` names hosts that are reached directly")
                .with_source(error),
            ureq::Error::ConnectionFailed => unreachable("the connection failed").retryable(),
            other => NetError::protocol("the answer is not valid http").with_source(other),
        }
    }
}

/// What a failed read or write on a connection means.
pub fn io_failure(error: io::Error, url: &Url) -> NetError {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    if let Some(tls) = inner {
        return tls_failure(tls, url);
    }
    if error.kind() == io::ErrorKind::ConnectionRefused {
        let hint = "check the host and port, and that the server is running";
        let text = "the connection was refused";
        return NetError::new(NetErrorKind::Unreachable, text).with_hint(hint).with_source(error);
    }
    // The standard library gives failed lookups no kind of their own, only this text.
    let text = error.to_string();
    if text.starts_with("failed to lookup address") && !text.contains("Temporary") {
        return unknown_host().with_source(error);
    }
    NetError::new(NetErrorKind::Unreachable, "the connection failed").retryable().with_source(error)
}

fn unknown_host() -> NetError {
    NetError::new(NetErrorKind::Unreachable, "the host name is not known")
        .with_hint("check the name, the network and the name server")
}

fn tls_failure(error: &rustls::Error, url: &Url) -> NetError {
    let failed = |kind| NetError::new(kind, format!("no TLS connection: {error}"));
    match error {
        rustls::Error::InvalidMessage(_) => failed(NetErrorKind::NotTls),
        // The name or the time is wrong; no trust in the CA helps there.
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName
            | CertificateError::NotValidForNameContext { .. }
            | CertificateError::Expired
            | CertificateError::ExpiredContext { .. },
        ) => failed(NetErrorKind::Unreachable),
        rustls::Error::InvalidCertificate(_) => {
            let host = url.authority();
            let hint = format!(
                "if you trust the CA of `{host}`, name its certificate as `ca-bundle` of `[registry]` in cooper.toml"
            );
            failed(NetErrorKind::Unreachable).with_hint(hint)
        }
        _ => failed(NetErrorKind::Unreachable),
    }
}

/// What a server answered.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    headers: HeaderMap,
    body: Box<dyn Read + Send>,
    /// The address that answered, the last of the redirects.
    pub url: Url,
}

impl Answer {
    /// A header's value when it is there, once, as text.
    pub fn header(&self, name: impl http::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// All values of a header that are text.
    pub fn headers(&self, name: impl http::header::AsHeaderName) -> impl Iterator<Item = &str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
    }

    /// The number in `Content-Length`.
    pub fn content_length(&self) -> Option<u64> {
        self.header(CONTENT_LENGTH)?.parse().ok()
    }

    /// The address in `Location`. A server behind a proxy that ends TLS often names itself with http; that is
    /// put right, because the same server just answered by https.
    pub fn location(&self) -> Result<Url> {
        let text = self.header(LOCATION);
        let url = text.and_then(|text| self.url.join(text)).ok_or_else(|| {
            NetError::protocol("the answer has no usable `Location` header").with_url(&self.url)
        })?;
        let same_host = url.authority().eq_ignore_ascii_case(self.url.authority());
        Ok(if same_host && self.url.is_https() { url.with_https() } else { url })
    }

    /// Reads all of the body, an error when it has more than `limit` bytes.
    pub fn read(self, limit: u64) -> Result<Vec<u8>> {
        let too_large = |url: &Url| {
            let text = format!("the answer has more than the {limit} bytes that are allowed here");
            NetError::new(NetErrorKind::TooLarge, text).with_url(url)
        };
        if self.content_length().is_some_and(|size| size > limit) {
            return Err(too_large(&self.url));
        }
        let url = self.url;
        read_bounded(self.body, limit).map_err(|error| match error.kind() {
            io::ErrorKind::FileTooLarge => too_large(&url),
            _ => io_failure(error, &url).with_url(&url),
        })
    }

    /// The body as it comes.
    pub fn into_reader(self) -> impl Read + Send + 'static {
        self.body
    }

    /// Drops the body, read if it is short, so that the connection can be used again.
    pub fn discard(self) {
        let _ = read_bounded(self.body, MAX_ERROR_BODY);
    }
}
