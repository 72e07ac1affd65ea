//! What a fetcher is told.

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kit::Redacted;

/// Settings of a [`crate::Fetcher`].
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Trust, proxies, patience.
    pub net: net::Settings,
    /// Where repositories are kept.
    pub cache: PathBuf,
    /// `PATH` and the proxy variables, for the git program.
    pub env: BTreeMap<String, String>,
    /// Secrets by name; those that servers want are among them.
    pub secrets: BTreeMap<String, Redacted<Vec<u8>>>,
    /// Sockets of SSH agents by name.
    pub ssh: BTreeMap<String, PathBuf>,
    /// Files with keys of SSH hosts that are trusted.
    pub known_hosts: Vec<PathBuf>,
}

impl Config {
    /// A secret as text; nothing when it is none.
    pub(crate) fn secret(&self, name: &str) -> Option<Redacted<String>> {
        let value = self.secrets.get(name)?.reveal();
        let text = std::str::from_utf8(value).ok()?.trim_end_matches(['\r', '\n']);
        (!text.is_empty() && !text.contains(['\r', '\n', '\0'])).then(|| Redacted::new(text.to_owned()))
    }
}

/// The value of an `Authorization` header for `user:password`.
pub(crate) fn basic(login: &str) -> Redacted<String> {
    Redacted::new(format!("Basic {}", STANDARD.encode(login)))
}
