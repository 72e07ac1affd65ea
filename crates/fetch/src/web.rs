//! Files of web servers: one GET, answered from what is known where the server allows it, taken up again where the
//! line broke.

use std::io::{self, Read};
use std::time::Duration;

use flate2::read::MultiGzDecoder;
use kit::{Digest, Hasher, Redacted};
use net::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_RANGE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
    LAST_MODIFIED, RANGE, RETRY_AFTER,
};
use net::{Answer, Method, Request, Retryable, Url, io_failure};
use serde::{Deserialize, Serialize};
use syntax::WebUrl;

use crate::config::basic;
use crate::{FetchError, Fetcher, Progress, Result, date};

/// Read at once.
const BUFFER: usize = 128 << 10;

/// What is to be fetched.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The address.
    pub url: &'a WebUrl,
    /// What the server said of the content that is there already.
    pub known: Option<&'a Validators>,
    /// Whether the caller compares the digest with one that it knows, so that the way to it need not be trusted.
    pub checked: bool,
    /// The most bytes that are taken.
    pub limit: u64,
}

/// What a server said of a content, to ask later whether it changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// `ETag`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// `Last-Modified`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
}

/// Takes the bytes of one file, in order.
pub trait Sink {
    /// Takes more bytes, all of them or none.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Drops everything taken, for a start from zero.
    fn reset(&mut self) -> io::Result<()>;
}

/// What came of an [`Ask`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebAnswer {
    /// What is known is still right; the sink got nothing.
    Unchanged,
    /// The sink has the file.
    New(WebFile),
}

/// A file that was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebFile {
    /// Digest of its content.
    pub digest: Digest,
    /// Its bytes.
    pub size: u64,
    /// For the next time.
    pub validators: Validators,
    /// `Last-Modified` in seconds since 1970.
    pub modified: Option<i64>,
}

impl Validators {
    /// When the content changed last, as the server says.
    pub fn modified(&self) -> Option<i64> {
        date::parse(self.last_modified.as_deref()?)
    }

    fn of(answer: &Answer) -> Self {
        let text = |name| answer.header(name).map(str::to_owned);
        Self { etag: text(ETAG), last_modified: text(LAST_MODIFIED) }
    }

    /// What tells with certainty that two parts are of the same content (RFC 9110, "If-Range").
    fn strong(&self) -> Option<&str> {
        self.etag.as_deref().filter(|etag| !etag.starts_with("W/"))
    }

    fn is_same(&self, other: &Self) -> bool {
        let plain =
            |etag: &Option<String>| etag.as_deref().map(|etag| etag.trim_start_matches("W/").to_owned());
        self.etag.is_some() && plain(&self.etag) == plain(&other.etag)
    }
}

/// A failure, and whether it may pass.
struct Attempt {
    error: FetchError,
    retryable: bool,
    after: Option<Duration>,
}

impl Retryable for Attempt {
    fn is_retryable(&self) -> bool {
        self.retryable
    }

    fn retry_after(&self) -> Option<Duration> {
        self.after
    }
}

impl Attempt {
    fn last(error: FetchError) -> Self {
        Self { error, retryable: false, after: None }
    }

    fn net(error: net::NetError) -> Self {
        Self { retryable: error.is_retryable(), error: error.into(), after: None }
    }
}

impl Fetcher {
    /// Fetches a file.
    pub fn web(&self, ask: &Ask<'_>, sink: &mut dyn Sink, progress: &dyn Progress) -> Result<WebAnswer> {
        let url = Url::parse(&ask.url.url)
            .ok_or_else(|| FetchError::asked(format!("`{}` is not a valid address", ask.url.url)))?;
        let mut transfer = Transfer {
            fetcher: self,
            authorization: self.web_authorization(ask.url),
            shown: url.redacted(),
            hasher: Hasher::new(),
            size: 0,
            validators: Validators::default(),
            ask,
            url,
            sink,
            progress,
        };
        self.retry().run(&ask.url.host, || transfer.attempt()).map_err(|attempt| attempt.error)
    }

    /// What is sent to a server: the secret of its host (Docker documentation, "HTTP authentication for `ADD`"), else the
    /// login of the address.
    fn web_authorization(&self, url: &WebUrl) -> Option<Redacted<String>> {
        let token = self.config.secret(&format!("HTTP_AUTH_TOKEN_{}", url.host));
        let bearer = token.map(|token| Redacted::new(format!("Bearer {}", token.reveal())));
        bearer
            .or_else(|| self.config.secret(&format!("HTTP_AUTH_HEADER_{}", url.host)))
            .or_else(|| url.login.as_ref().map(|login| basic(login.reveal())))
    }
}

struct Transfer<'a> {
    fetcher: &'a Fetcher,
    ask: &'a Ask<'a>,
    url: Url,
    /// The address without what may be secret.
    shown: String,
    authorization: Option<Redacted<String>>,
    sink: &'a mut dyn Sink,
    progress: &'a dyn Progress,
    hasher: Hasher,
    size: u64,
    /// Of the answer whose bytes the sink has.
    validators: Validators,
}

impl Transfer<'_> {
    fn attempt(&mut self) -> std::result::Result<WebAnswer, Attempt> {
        let mut request = Request::new(Method::GET, self.url.clone()).header(ACCEPT_ENCODING, "identity");
        request.any_downgrade = self.ask.checked;
        let resumed = self.validators.strong().filter(|_| self.size > 0).map(str::to_owned);
        if let Some(etag) = &resumed {
            request = request.header(RANGE, format!("bytes={}-", self.size)).header(IF_RANGE, etag);
        } else if let Some(known) = self.ask.known {
            request = match (&known.etag, &known.last_modified) {
                (Some(etag), _) => request.header(IF_NONE_MATCH, etag),
                (None, Some(date)) => request.header(IF_MODIFIED_SINCE, date),
                (None, None) => request,
            };
        }
        let http = self.fetcher.http().map_err(Attempt::last)?;
        let answer = http.send(&request, self.authorization.as_ref()).map_err(Attempt::net)?;
        match answer.status {
            304 if self.ask.known.is_some() => return Ok(WebAnswer::Unchanged),
            206 if resumed.is_some() && range_start(&answer) == Some(self.size) => {}
            200 => {
                let validators = Validators::of(&answer);
                // Some servers know the tag and do not compare it.
                if self.ask.known.is_some_and(|known| known.is_same(&validators)) {
                    return Ok(WebAnswer::Unchanged);
                }
                self.begin(validators)?;
            }
            _ => return Err(self.refusal(answer)),
        }
        self.body(answer)?;
        Ok(WebAnswer::New(WebFile {
            digest: std::mem::take(&mut self.hasher).finish(),
            size: self.size,
            modified: self.validators.modified(),
            validators: self.validators.clone(),
        }))
    }

    /// Starts from zero.
    fn begin(&mut self, validators: Validators) -> std::result::Result<(), Attempt> {
        (self.hasher, self.size, self.validators) = (Hasher::new(), 0, validators);
        self.sink.reset().map_err(|error| self.local(&error))
    }

    fn body(&mut self, answer: Answer) -> std::result::Result<(), Attempt> {
        // As Go's client does: a server that encodes although it was not asked to means the decoded content.
        let encoded = answer.header(CONTENT_ENCODING).is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let total = answer.content_length().filter(|_| !encoded).map(|size| size + self.size);
        if total.is_some_and(|total| total > self.ask.limit) {
            return Err(self.too_large());
        }
        let url = answer.url.clone();
        let mut body: Box<dyn Read> = Box::new(answer.into_reader());
        if encoded {
            body = Box::new(MultiGzDecoder::new(body));
            // A part of encoded bytes cannot be told from the decoded ones.
            self.validators.etag =
                self.validators.etag.take().map(|etag| format!("W/{}", etag.trim_start_matches("W/")));
        }
        let mut buffer = vec![0; BUFFER];
        loop {
            let count = match body.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Attempt::net(io_failure(error, &url).with_url(&url))),
            };
            self.take(&buffer[..count], total)?;
        }
        if total.is_some_and(|total| total > self.size) {
            let error = net::NetError::new(net::NetErrorKind::Unreachable, "the connection ended too early");
            return Err(Attempt::net(error.with_url(&url).retryable()));
        }
        Ok(())
    }

    fn take(&mut self, bytes: &[u8], total: Option<u64>) -> std::result::Result<(), Attempt> {
        if self.progress.cancelled() {
            return Err(Attempt::last(FetchError::environment("the build was interrupted")));
        }
        if self.size + bytes.len() as u64 > self.ask.limit {
            return Err(self.too_large());
        }
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
        self.sink.write(bytes).map_err(|error| self.local(&error))?;
        self.progress.advance(self.size, total);
        Ok(())
    }

    fn local(&self, error: &io::Error) -> Attempt {
        Attempt::last(FetchError::environment(format!("failed to store `{}`: {error}", self.shown)))
    }

    fn too_large(&self) -> Attempt {
        let (shown, limit) = (&self.shown, self.ask.limit);
        Attempt::last(FetchError::environment(format!(
            "`{shown}` has more than the {limit} bytes that are allowed here"
        )))
    }

    /// The error of an answer that is no success.
    fn refusal(&self, answer: Answer) -> Attempt {
        let status = answer.status;
        let after =
            answer.header(RETRY_AFTER).and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
        answer.discard();
        let host = &self.ask.url.host;
        let what = match status {
            401 => "the server wants to know who asks",
            403 => "access is denied",
            404 | 410 => "there is no such file",
            408 | 429 | 500..=599 => "the server failed",
            _ => "the server gave an answer that does not fit the request",
        };
        let error = FetchError::environment(format!("`{}`: {what} (status {status})", self.shown));
        let error = match status {
            401 | 403 => error.help(format!(
                "give a token with `--secret id=HTTP_AUTH_TOKEN_{host},env=NAME`, or a whole header as `HTTP_AUTH_HEADER_{host}`"
            )),
            404 | 410 => error.help("check the address; what is behind it may have been moved or removed"),
            _ => error,
        };
        Attempt { error, retryable: matches!(status, 408 | 429 | 500 | 502..=599), after }
    }
}

/// The first byte's place in `Content-Range: bytes 10-19/20`.
fn range_start(answer: &Answer) -> Option<u64> {
    answer.header(CONTENT_RANGE)?.trim().strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok()
}
