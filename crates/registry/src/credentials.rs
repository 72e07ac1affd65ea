//! Names and passwords for registries, from where docker and podman keep them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::PathBuf;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use kit::{Redacted, read_bounded};
use serde::Deserialize;

use crate::{ErrorKind, RegistryError, Result, helper};

/// Most that is read of a credential file.
const MAX_FILE: u64 = 4 << 20;

/// The key under which Docker keeps the credentials of `docker.io`.
const HUB_KEY: &str = "https://index.docker.io/v1/";

/// Where to look for credentials: entries given by hand first, then the files in order. `Debug` shows no secret.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    explicit: Vec<(String, Credential)>,
    files: Vec<PathBuf>,
    helper_dir: Option<PathBuf>,
}

/// What proves who one is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A user name and a password or access token.
    Password {
        /// The name.
        user: String,
        /// The password.
        password: Redacted<String>,
    },
    /// An identity token, changed into access tokens at the token server (OAuth 2 refresh token).
    Identity(Redacted<String>),
    /// An access token that is sent as it is.
    Bearer(Redacted<String>),
}

impl Credentials {
    /// No credentials: everything is asked for anonymously.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a user and password for `registry` (`host` or `host:port`, `docker.io` for Docker Hub).
    #[must_use]
    pub fn with_password(self, registry: &str, user: &str, password: Redacted<String>) -> Self {
        self.with(registry, Credential::Password { user: user.to_owned(), password })
    }

    /// Adds a credential for `registry`.
    #[must_use]
    pub fn with(mut self, registry: &str, credential: Credential) -> Self {
        self.explicit.push((normalize(registry), credential));
        self
    }

    /// Adds a file of docker (`config.json`) or podman (`auth.json`); one that does not exist is no error. Its
    /// `auths`, `credHelpers` and `credsStore` are used.
    #[must_use]
    pub fn with_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.files.push(path.into());
        self
    }

    /// Looks for `docker-credential-*` programs in this folder instead of in the search path of the process.
    #[must_use]
    pub fn with_helper_dir(mut self, path: impl Into<PathBuf>) -> Self {
        self.helper_dir = Some(path.into());
        self
    }

    /// The credential for a repository, `None` when there is none.
    ///
    /// An entry for `host/path` is preferred to one for `host`, as podman does. A file that cannot be read or a
    /// helper that fails is an error of kind [`ErrorKind::Config`].
    pub fn find(&self, registry: &str, repository: &str) -> Result<Option<Credential>> {
        let keys = candidates(registry, repository);
        let given = |key: &String| self.explicit.iter().find(|(name, _)| name == key);
        if let Some((_, credential)) = keys.iter().find_map(given) {
            return Ok(Some(credential.clone()));
        }
        for path in &self.files {
            let found = self.find_in(path, &keys).map_err(|error| error.about(&path.display()))?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn find_in(&self, path: &PathBuf, keys: &[String]) -> Result<Option<Credential>> {
        let unusable = || RegistryError::new(ErrorKind::Config, "the credential file cannot be used");
        let bytes = match File::open(path).and_then(|file| read_bounded(file, MAX_FILE)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unusable().with_source(error)),
        };
        // The error of the parser could quote what it read, so only the position is kept.
        let document: Document = serde_json::from_slice(&bytes).map_err(|error| {
            unusable().with_hint(format!(
                "it is not valid JSON at line {}, column {}",
                error.line(),
                error.column()
            ))
        })?;
        let helpers = normalized(document.cred_helpers);
        let auths = normalized(document.auths);
        for key in keys {
            if let Some(helper) = helpers.get(key) {
                return self.ask(helper, key);
            }
            if let Some(credential) = auths.get(key).map(Entry::credential).transpose()?.flatten() {
                return Ok(Some(credential));
            }
        }
        let host = keys.last().map_or("", String::as_str);
        document
            .creds_store
            .filter(|name| !name.is_empty())
            .map_or(Ok(None), |helper| self.ask(&helper, host))
    }

    fn ask(&self, helper: &str, key: &str) -> Result<Option<Credential>> {
        let server = if key == "docker.io" { HUB_KEY } else { key };
        helper::get(helper, self.helper_dir.as_deref(), server)
    }
}

/// What may name the registry of a repository, the most specific first, each normalized.
fn candidates(registry: &str, repository: &str) -> Vec<String> {
    let mut name = format!("{}/{repository}", normalize(registry));
    let mut out = vec![name.clone()];
    while let Some(cut) = name.rfind('/') {
        name.truncate(cut);
        out.push(name.clone());
    }
    out
}

/// Takes a key to the form `host[:port][/path]`: without scheme and API version, Docker Hub's names made one.
fn normalize(key: &str) -> String {
    let key = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    let key = key.trim_end_matches('/');
    let key = key.strip_suffix("/v1").or_else(|| key.strip_suffix("/v2")).unwrap_or(key);
    match key {
        "index.docker.io" | "registry-1.docker.io" => "docker.io".to_owned(),
        other => other.to_ascii_lowercase(),
    }
}

fn normalized<T>(map: BTreeMap<String, T>) -> BTreeMap<String, T> {
    map.into_iter().map(|(key, value)| (normalize(&key), value)).collect()
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Document {
    #[serde(default)]
    auths: BTreeMap<String, Entry>,
    #[serde(default)]
    cred_helpers: BTreeMap<String, String>,
    #[serde(default)]
    creds_store: Option<String>,
}

#[derive(Deserialize, Default)]
struct Entry {
    #[serde(default)]
    auth: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    identitytoken: String,
    #[serde(default)]
    registrytoken: String,
}

impl Entry {
    fn credential(&self) -> Result<Option<Credential>> {
        let secret = |text: &String| Redacted::new(text.clone());
        if !self.registrytoken.is_empty() {
            return Ok(Some(Credential::Bearer(secret(&self.registrytoken))));
        }
        if !self.identitytoken.is_empty() {
            return Ok(Some(Credential::Identity(secret(&self.identitytoken))));
        }
        if self.auth.is_empty() {
            let password =
                Credential::Password { user: self.username.clone(), password: secret(&self.password) };
            return Ok((!self.username.is_empty()).then_some(password));
        }
        decode_auth(&self.auth).map(Some)
    }
}

/// Decodes `base64(user:password)`, with or without padding.
fn decode_auth(text: &str) -> Result<Credential> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let bad = || RegistryError::new(ErrorKind::Config, "an `auth` entry is not base64 of `user:password`");
    let bytes = GeneralPurpose::new(&alphabet::STANDARD, config).decode(text.trim()).map_err(|_| bad())?;
    let text = String::from_utf8(bytes).map_err(|_| bad())?;
    let (user, password) = text.split_once(':').ok_or_else(bad)?;
    // Old versions of docker padded the text with zero bytes.
    let password = Redacted::new(password.trim_end_matches('\0').to_owned());
    Ok(Credential::Password { user: user.to_owned(), password })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_file(json: &str, registry: &str, repository: &str) -> Result<Option<Credential>> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.json");
        std::fs::write(&path, json).unwrap();
        Credentials::none().with_file(&path).find(registry, repository)
    }

    fn password(user: &str, password: &str) -> Credential {
        Credential::Password { user: user.into(), password: Redacted::new(password.into()) }
    }

    #[test]
    fn the_forms_of_both_files_are_read() {
        let check = |json: &str, registry: &str, repository: &str, expect: Option<Credential>| {
            assert_eq!(in_file(json, registry, repository).unwrap(), expect, "{json}");
        };
        // base64 of `me:pw`
        let auths = r#"{"auths":{"r.example:5000":{"auth":"bWU6cHc="}}}"#;
        check(auths, "r.example:5000", "a", Some(password("me", "pw")));
        check(auths, "r.example", "a", None);
        let hub = r#"{"auths":{"https://index.docker.io/v1/":{"auth":"bWU6cHc"}}}"#;
        check(hub, "docker.io", "library/debian", Some(password("me", "pw")));
        // base64 of `you:pw`
        let nested = r#"{"auths":{"q.example":{"auth":"bWU6cHc="},"q.example/team/x":{"auth":"eW91OnB3"}}}"#;
        check(nested, "q.example", "team/x/y", Some(password("you", "pw")));
        check(nested, "q.example", "team/z", Some(password("me", "pw")));
        let plain = r#"{"auths":{"r":{"username":"a","password":"b"}}}"#;
        check(plain, "r", "a", Some(password("a", "b")));
        let identity = r#"{"auths":{"r":{"auth":"bWU6cHc=","identitytoken":"t"}}}"#;
        check(identity, "r", "a", Some(Credential::Identity(Redacted::new("t".into()))));
        check(r#"{"auths":{"r":{}}}"#, "r", "a", None);
        check(r#"{"HttpHeaders":{}}"#, "r", "a", None);
    }

    #[test]
    fn what_is_given_by_hand_comes_first_and_a_missing_file_is_no_error() {
        let credentials = Credentials::none()
            .with_password("https://index.docker.io/v1/", "me", Redacted::new("hunter2".into()))
            .with_file("/nonexistent/config.json");
        assert_eq!(credentials.find("docker.io", "library/a").unwrap(), Some(password("me", "hunter2")));
        assert_eq!(credentials.find("r.example", "a").unwrap(), None);
        assert!(!format!("{credentials:?}").contains("hunter2"));
    }

    #[test]
    fn unusable_files_are_errors_that_quote_nothing() {
        for json in ["{", r#"{"auths":{"r":{"auth":"hunter2"}}}"#, r#"{"auths":"hunter2"}"#] {
            let error = in_file(json, "r", "a").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{json}");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        }
    }
}
