//! Proving who one is: challenges, tokens, and what is remembered of both.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kit::Redacted;
use net::Method;
use net::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use serde::Deserialize;

use crate::challenge::{self, Challenge};
use crate::endpoint::Target;
use crate::http::{Answer, Body, Http, Request, into_error};
use crate::{Credential, Credentials, ErrorKind, RegistryError, Result};
use net::Retry;
use net::{Url, encode};

/// Most that is read of a token server's answer.
const MAX_TOKEN: u64 = 1 << 20;
/// How long a token is good when the server does not say (distribution token specification).
const DEFAULT_LIFE: u64 = 60;

/// What a request is to be allowed to do: sorted scopes of the distribution token specification.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Access(Vec<String>);

impl Access {
    pub(crate) fn pull(repository: &str) -> Self {
        Self(vec![format!("repository:{repository}:pull")])
    }

    pub(crate) fn push(repository: &str) -> Self {
        Self(vec![format!("repository:{repository}:pull,push")])
    }

    pub(crate) fn delete(repository: &str) -> Self {
        Self(vec![format!("repository:{repository}:delete,pull")])
    }

    /// This, and reading another repository.
    pub(crate) fn and_pull(mut self, repository: &str) -> Self {
        self.0.extend(Self::pull(repository).0);
        self.0.sort();
        self.0.dedup();
        self
    }
}

struct Token {
    header: Redacted<String>,
    until: Option<Instant>,
}

/// What is known of each host.
pub(crate) struct Auth {
    credentials: Credentials,
    policy: Retry,
    challenges: Mutex<HashMap<String, Challenge>>,
    found: Mutex<HashMap<(String, String), Option<Credential>>>,
    tokens: Mutex<HashMap<(String, Access), Token>>,
    /// Held while a token is fetched, so that threads that need the same one wait for it.
    fetching: Mutex<()>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Auth {
    pub(crate) fn new(credentials: Credentials, policy: Retry) -> Self {
        Self {
            credentials,
            policy,
            challenges: Mutex::default(),
            found: Mutex::default(),
            tokens: Mutex::default(),
            fetching: Mutex::default(),
        }
    }

    /// Remembers what a 401 answer asks for. `refused` is what was sent: that token is forgotten, but not one that
    /// another thread has fetched since. False when the challenge cannot be answered.
    pub(crate) fn learn(
        &self,
        target: &Target,
        access: &Access,
        answer: &Answer,
        refused: Option<&Redacted<String>>,
    ) -> bool {
        let Some(challenge) = challenge::parse(answer.headers(WWW_AUTHENTICATE)) else { return false };
        lock(&self.challenges).insert(target.host.clone(), challenge);
        let key = (target.host.clone(), access.clone());
        let mut tokens = lock(&self.tokens);
        if tokens.get(&key).is_some_and(|token| Some(&token.header) == refused) {
            tokens.remove(&key);
        }
        true
    }

    /// The value of `Authorization` for a request, as far as the host's challenge is known.
    pub(crate) fn header(
        &self,
        http: &Http,
        target: &Target,
        access: &Access,
    ) -> Result<Option<Redacted<String>>> {
        let challenge = lock(&self.challenges).get(&target.host).cloned();
        let Some(challenge) = challenge else { return Ok(None) };
        match (challenge, self.credential(target)?) {
            (_, Some(Credential::Bearer(token))) => Ok(Some(bearer(token.reveal()))),
            (Challenge::Basic, Some(Credential::Password { user, password })) => {
                Ok(Some(basic(&user, password.reveal())))
            }
            (Challenge::Basic, _) => Ok(None),
            (Challenge::Bearer { realm, service, scope }, credential) => {
                let want = TokenRequest { realm, service, scope, credential };
                self.token(http, target, access, &want).map(Some)
            }
        }
    }

    /// Whether there is a credential for the target; an unreadable one counts as none here.
    pub(crate) fn has_credential(&self, target: &Target) -> bool {
        self.credential(target).is_ok_and(|found| found.is_some())
    }

    fn credential(&self, target: &Target) -> Result<Option<Credential>> {
        let key = (target.registry.clone(), target.repository.clone());
        // Held while looking, so that threads that start together run a credential helper once.
        let mut known = lock(&self.found);
        if let Some(found) = known.get(&key) {
            return Ok(found.clone());
        }
        let found = self.credentials.find(&target.registry, &target.repository)?;
        known.insert(key, found.clone());
        Ok(found)
    }

    fn token(
        &self,
        http: &Http,
        target: &Target,
        access: &Access,
        want: &TokenRequest,
    ) -> Result<Redacted<String>> {
        let key = (target.host.clone(), access.clone());
        let known = || {
            let tokens = lock(&self.tokens);
            let token = tokens.get(&key).filter(|token| token.until.is_none_or(|end| Instant::now() < end));
            token.map(|token| token.header.clone())
        };
        if let Some(header) = known() {
            return Ok(header);
        }
        let _one_at_a_time = lock(&self.fetching);
        if let Some(header) = known() {
            return Ok(header);
        }
        let realm = want.address(http, target)?;
        let key_text = target.host.as_str();
        let token = self.policy.run(key_text, || want.fetch(http, &realm, access)).map_err(|error| {
            let hint = format!("check the credentials for `{}`", target.registry);
            let error = if error.kind() == ErrorKind::Unauthorized { error.with_hint(hint) } else { error };
            error.about(&format!("{}/{}", target.registry, target.repository))
        })?;
        let header = token.header.clone();
        lock(&self.tokens).insert(key, token);
        Ok(header)
    }
}

struct TokenRequest {
    realm: String,
    service: Option<String>,
    scope: Option<String>,
    credential: Option<Credential>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    access_token: Option<String>,
    #[serde(default)]
    expires_in: Option<u64>,
}

impl TokenRequest {
    /// The token server's address; a password does not go there by plain http unless the registry itself is plain.
    fn address(&self, http: &Http, target: &Target) -> Result<Url> {
        let bad = |text: &str| RegistryError::protocol(text).about(&target.registry);
        let realm =
            Url::parse(&self.realm).ok_or_else(|| bad("the address of its token server is malformed"))?;
        let plain = http.may_be_plain(realm.authority()) || http.may_be_plain(&target.host);
        if !realm.is_https() && !plain {
            return Err(bad("its token server is named with plain http").with_url(&realm));
        }
        Ok(realm)
    }

    /// The scopes to ask for: ours and the one that the registry named.
    fn scopes(&self, access: &Access) -> Vec<String> {
        let mut scopes = access.0.clone();
        let named = self.scope.iter().flat_map(|text| text.split(' ')).filter(|text| !text.is_empty());
        for scope in named {
            // `a:pull` asks for nothing more when `a:pull,push` is there already.
            let covered = |have: &String| covers(have, scope);
            if !scopes.iter().any(covered) && scopes.len() < 8 {
                scopes.push(scope.to_owned());
            }
        }
        scopes
    }

    fn fetch(&self, http: &Http, realm: &Url, access: &Access) -> Result<Token> {
        let answer = match &self.credential {
            Some(Credential::Identity(token)) => self.post(
                http,
                realm,
                access,
                &[("grant_type", "refresh_token"), ("refresh_token", token.reveal())],
            )?,
            Some(Credential::Password { user, password }) => {
                let answer = self.get(http, realm, access, Some(&basic(user, password.reveal())))?;
                if matches!(answer.status, 404 | 405) {
                    answer.discard();
                    let form =
                        [("grant_type", "password"), ("username", user), ("password", password.reveal())];
                    self.post(http, realm, access, &form)?
                } else {
                    answer
                }
            }
            _ => self.get(http, realm, access, None)?,
        };
        read_token(answer)
    }

    fn get(
        &self,
        http: &Http,
        realm: &Url,
        access: &Access,
        auth: Option<&Redacted<String>>,
    ) -> Result<Answer> {
        let mut url = realm.clone();
        if let Some(service) = &self.service {
            url = url.with_param("service", service);
        }
        for scope in self.scopes(access) {
            url = url.with_param("scope", &scope);
        }
        http.send(&Request::new(Method::GET, url), auth)
    }

    fn post(&self, http: &Http, realm: &Url, access: &Access, fields: &[(&str, &str)]) -> Result<Answer> {
        let scopes = self.scopes(access).join(" ");
        let service = self.service.as_deref().unwrap_or_default();
        let common = [("service", service), ("scope", scopes.as_str()), ("client_id", "cooper")];
        let pairs = fields.iter().chain(&common);
        let form = pairs.map(|(key, value)| format!("{key}={}", encode(value))).collect::<Vec<_>>().join("&");
        let request = Request::new(Method::POST, realm.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::Bytes(form.as_bytes()));
        http.send(&request, None)
    }
}

fn covers(have: &str, scope: &str) -> bool {
    let (Some((name, actions)), Some((wanted_name, wanted))) =
        (have.rsplit_once(':'), scope.rsplit_once(':'))
    else {
        return false;
    };
    let actions: Vec<&str> = actions.split(',').collect();
    name == wanted_name && wanted.split(',').all(|action| actions.contains(&action))
}

fn read_token(answer: Answer) -> Result<Token> {
    if answer.status != 200 {
        return Err(into_error(answer));
    }
    let url = answer.url.clone();
    let bytes = answer.read(MAX_TOKEN)?;
    let bad = || RegistryError::protocol("the token server's answer holds no token").with_url(&url);
    let answer: TokenAnswer = serde_json::from_slice(&bytes).map_err(|_| bad())?;
    let token = answer.token.or(answer.access_token).filter(|token| !token.is_empty()).ok_or_else(bad)?;
    // A tenth is left for the way; a day is more than any transfer takes.
    let seconds = answer.expires_in.unwrap_or(DEFAULT_LIFE).clamp(1, 86400) * 9 / 10;
    Ok(Token { header: bearer(&token), until: Instant::now().checked_add(Duration::from_secs(seconds)) })
}

fn bearer(token: &str) -> Redacted<String> {
    Redacted::new(format!("Bearer {token}"))
}

fn basic(user: &str, password: &str) -> Redacted<String> {
    Redacted::new(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_joined_without_repeats() {
        let ask = |scope: &str| {
            let want = TokenRequest {
                realm: String::new(),
                service: None,
                scope: Some(scope.to_owned()),
                credential: None,
            };
            want.scopes(&Access::push("a"))
        };
        assert_eq!(ask("repository:a:pull"), ["repository:a:pull,push"]);
        assert_eq!(ask("repository:a:push,pull"), ["repository:a:pull,push"]);
        assert_eq!(ask("repository:b:pull"), ["repository:a:pull,push", "repository:b:pull"]);
        assert_eq!(
            Access::push("b").and_pull("a"),
            Access(vec!["repository:a:pull".into(), "repository:b:pull,push".into()])
        );
    }

    #[test]
    fn passwords_are_encoded_as_the_field_does() {
        assert_eq!(basic("Aladdin", "open sesame").reveal(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }
}
