//! What a client is told: hosts, trust, proxies, credentials, patience.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use net::{ProxySettings, Settings, Sleeper};

use crate::Credentials;

/// Settings of a [`crate::Client`].
#[derive(Debug, Clone)]
pub struct Config {
    /// Registries (`host` or `host:port`) that may be spoken to by plain http when https fails. Loopback
    /// addresses and `localhost` always may.
    pub insecure: Vec<String>,
    /// Registry host -> mirrors, tried in order before the registry itself, for pulls only. A mirror is
    /// `host[:port][/prefix]`, or the same after `https://` or `http://` (which allows plain http to it).
    pub mirrors: BTreeMap<String, Vec<String>>,
    /// PEM file with more trusted roots, in addition to the system's.
    pub ca_bundle: Option<PathBuf>,
    /// PEM file with the system's roots, the value of `SSL_CERT_FILE`. `None` looks at the usual places.
    pub system_roots: Option<PathBuf>,
    /// Proxies for registries that are not on this machine.
    pub proxy: Option<ProxySettings>,
    /// Names and passwords.
    pub credentials: Credentials,
    /// Value of the `User-Agent` header.
    pub user_agent: String,
    /// How often a request is repeated after a failure that may pass.
    pub retries: u32,
    /// How long a connection may stay silent. Establishing one has the same limit; the commit of an upload
    /// may take five times as long, because a registry hashes the content then.
    pub timeout: Duration,
    /// Bytes of a large upload that go in one request.
    pub chunk: u64,
    /// How to wait between attempts.
    pub sleep: Sleeper,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            insecure: Vec::new(),
            mirrors: BTreeMap::new(),
            ca_bundle: None,
            system_roots: None,
            proxy: None,
            credentials: Credentials::default(),
            user_agent: concat!("cooper/", env!("CARGO_PKG_VERSION")).to_owned(),
            retries: 4,
            timeout: Duration::from_secs(60),
            chunk: 64 << 20,
            sleep: Sleeper::default(),
        }
    }
}

impl Config {
    /// What of it counts for servers of any kind.
    pub fn net(&self) -> Settings {
        Settings {
            insecure: self.insecure.clone(),
            ca_bundles: self.ca_bundle.iter().cloned().collect(),
            system_roots: self.system_roots.clone(),
            proxy: self.proxy.clone(),
            user_agent: self.user_agent.clone(),
            retries: self.retries,
            timeout: self.timeout,
            sleep: self.sleep.clone(),
        }
    }
}
