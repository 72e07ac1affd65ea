//! The client itself: which server, by which scheme, with which authorization, how often.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use image::Reference;
use net::HeaderName;
use net::Method;

use crate::auth::{Access, Auth};
use crate::endpoint::{Plain, Target};
use crate::http::{Answer, Body, Http, Request, into_error};
use crate::{Config, ErrorKind, RegistryError, Result};
use net::Retry;
use net::Url;

/// Speaks to registries. Cheap to clone; clones share connections, tokens and what was learned of hosts.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    http: Http,
    auth: Auth,
    policy: Retry,
    mirrors: BTreeMap<String, Vec<String>>,
    chunk: u64,
    /// Host -> whether it speaks https.
    schemes: Mutex<HashMap<String, bool>>,
    /// Mirrors that did not answer; they are not asked again.
    dead: Mutex<HashSet<String>>,
}

/// Where a call goes.
#[derive(Clone)]
pub(crate) enum Address {
    /// Something of the target's repository.
    Repository(String),
    /// An address that the registry gave.
    Absolute(Url),
}

/// A call on a target, to be authorized and repeated.
#[derive(Clone)]
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) address: Address,
    pub(crate) params: Vec<(&'static str, String)>,
    pub(crate) headers: Vec<(HeaderName, String)>,
    pub(crate) body: Body<'a>,
    /// Whether the same request can be sent again after a failure.
    pub(crate) repeat: bool,
}

impl<'a> Call<'a> {
    pub(crate) fn new(method: Method, tail: impl Into<String>) -> Self {
        Self::at(method, Address::Repository(tail.into()))
    }

    pub(crate) fn at(method: Method, address: Address) -> Self {
        Self { method, address, params: Vec::new(), headers: Vec::new(), body: Body::None, repeat: true }
    }

    pub(crate) fn param(mut self, key: &'static str, value: &(impl ToString + ?Sized)) -> Self {
        self.params.push((key, value.to_string()));
        self
    }

    pub(crate) fn header(mut self, name: HeaderName, value: &(impl ToString + ?Sized)) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    pub(crate) fn body(mut self, body: Body<'a>) -> Self {
        self.body = body;
        self
    }

    pub(crate) fn once(mut self) -> Self {
        self.repeat = false;
        self
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client")
    }
}

impl Client {
    /// A client with these settings. Nothing is contacted yet, but a malformed proxy or an unusable `ca_bundle` is
    /// an error of kind [`ErrorKind::Config`].
    pub fn new(config: Config) -> Result<Self> {
        let http = Http::new(&config)?;
        let policy = Retry { retries: config.retries, sleep: config.sleep };
        let inner = Inner {
            http,
            auth: Auth::new(config.credentials, policy.clone()),
            policy,
            mirrors: config.mirrors,
            chunk: config.chunk.max(1),
            schemes: Mutex::default(),
            dead: Mutex::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    pub(crate) fn policy(&self) -> &Retry {
        &self.inner.policy
    }

    pub(crate) fn chunk(&self) -> u64 {
        self.inner.chunk
    }

    /// The registry that a reference names.
    pub(crate) fn origin(&self, reference: &Reference) -> Target {
        Target::origin(reference, |host| self.inner.http.may_be_plain(host))
    }

    /// Asks the mirrors of a reference's registry and then the registry itself. A mirror's failure only means that the
    /// next one is asked, unless it is the caller's own.
    pub(crate) fn pull<T>(&self, reference: &Reference, ask: impl Fn(&Target) -> Result<T>) -> Result<T> {
        let mirrors = self.inner.mirrors.get(reference.registry()).map_or(&[][..], Vec::as_slice);
        for text in mirrors {
            let target = Target::mirror(text, reference, |host| self.inner.http.may_be_plain(host));
            if self.dead().contains(&target.host) {
                continue;
            }
            match ask(&target) {
                Err(error) if matches!(error.kind(), ErrorKind::Local | ErrorKind::Cancelled) => {
                    return Err(error);
                }
                Err(error) if error.kind() == ErrorKind::Unreachable => {
                    self.dead().insert(target.host);
                }
                Err(_) => {}
                Ok(value) => return Ok(value),
            }
        }
        ask(&self.origin(reference))
    }

    fn dead(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.inner.dead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a call: authorized, repeated while that can help. An answer that is no success is an error.
    pub(crate) fn call(&self, target: &Target, access: &Access, call: &Call<'_>) -> Result<Answer> {
        let attempt = || self.attempt(target, access, call);
        if call.repeat { self.inner.policy.run(&target.host, attempt) } else { attempt() }
    }

    fn attempt(&self, target: &Target, access: &Access, call: &Call<'_>) -> Result<Answer> {
        let Inner { http, auth, .. } = &*self.inner;
        let url = self.address(target, call)?;
        // An upload may go on at another host, which must not see what is meant for this one.
        let own = url.authority().eq_ignore_ascii_case(&target.host);
        let headers = call.headers.clone();
        let request = Request { headers, ..Request::new(call.method.clone(), url).body(call.body) };
        let authorization = if own { auth.header(http, target, access)? } else { None };
        let mut answer = http.send(&request, authorization.as_ref())?;
        if answer.status == 401
            && own
            && auth.learn(target, access, &answer, authorization.as_ref())
            && let Some(authorization) = auth.header(http, target, access)?
        {
            answer.discard();
            answer = http.send(&request, Some(&authorization))?;
        }
        if (200..300).contains(&answer.status) { Ok(answer) } else { Err(self.refusal(target, answer)) }
    }

    /// The error of an answer, with what can be done about it.
    fn refusal(&self, target: &Target, answer: Answer) -> RegistryError {
        let error = into_error(answer);
        let registry = &target.registry;
        let known = self.inner.auth.has_credential(target);
        match (error.kind(), known) {
            (ErrorKind::Unauthorized, false) => error.with_hint(format!(
                "the image does not exist or needs a login: `docker login {registry}` or `podman login {registry}`"
            )),
            (ErrorKind::Unauthorized, true) => {
                error.with_hint(format!("check the credentials for `{registry}`"))
            }
            (ErrorKind::Denied, _) => {
                error.with_hint(format!("the account may not do this in `{registry}/{}`", target.repository))
            }
            (ErrorKind::RateLimited, false) => {
                error.with_hint(format!("log in to `{registry}` for a higher limit, use a mirror, or wait"))
            }
            (ErrorKind::RateLimited, true) => error.with_hint("use a mirror, or wait"),
            _ => error,
        }
    }

    fn address(&self, target: &Target, call: &Call<'_>) -> Result<Url> {
        let url = match &call.address {
            Address::Repository(tail) => Url::new(self.is_https(target)?, &target.host, target.path(tail)),
            Address::Absolute(url) => {
                if !url.is_https() && self.is_https(target)? && !self.inner.http.may_be_plain(url.authority())
                {
                    let text = "the registry wants the upload by plain http, which is refused";
                    return Err(RegistryError::protocol(text).with_url(url));
                }
                url.clone()
            }
        };
        Ok(call.params.iter().fold(url, |url, (key, value)| url.with_param(key, value)))
    }

    fn is_https(&self, target: &Target) -> Result<bool> {
        let fixed = match target.plain {
            Plain::Never => return Ok(true),
            Plain::Only => return Ok(false),
            Plain::First => false,
            Plain::Fallback => true,
        };
        let known =
            |host: &str| self.inner.schemes.lock().unwrap_or_else(PoisonError::into_inner).get(host).copied();
        if let Some(https) = known(&target.host) {
            return Ok(https);
        }
        let https = match self.ping(target, fixed) {
            Ok(()) => fixed,
            Err(error) if error.kind() != ErrorKind::Unreachable && error.status() != Some(400) => {
                // Somebody speaks this language, and the answer is the one to report.
                return Err(error);
            }
            Err(error) => self.ping(target, !fixed).map(|()| !fixed).map_err(|other| {
                // Of the two failures the one by https says more, unless nobody listens at all.
                if fixed || other.is_refused() { error } else { other }
            })?,
        };
        self.inner.schemes.lock().unwrap_or_else(PoisonError::into_inner).insert(target.host.clone(), https);
        Ok(https)
    }

    /// Whether a registry answers at the API's root by this scheme. A server for TLS answers plain http with 400.
    fn ping(&self, target: &Target, https: bool) -> Result<()> {
        let url = Url::new(https, &target.host, "/v2/".to_owned());
        let answer = self.inner.http.send(&Request::new(Method::GET, url), None)?;
        if answer.status == 400 {
            return Err(into_error(answer));
        }
        answer.discard();
        Ok(())
    }
}
