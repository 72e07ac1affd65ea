//! What a client is told: trust, proxies, patience.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use kit::Redacted;

/// Settings of an [`crate::Http`].
#[derive(Debug, Clone)]
pub struct Settings {
    /// Hosts (`host` or `host:port`) to which plain http is no surprise. Loopback addresses and `localhost` always
    /// are.
    pub insecure: Vec<String>,
    /// PEM files with more trusted roots, in addition to the system's.
    pub ca_bundles: Vec<PathBuf>,
    /// PEM file with the system's roots, the value of `SSL_CERT_FILE`. `None` looks at the usual places.
    pub system_roots: Option<PathBuf>,
    /// Proxies for servers that are not on this machine.
    pub proxy: Option<ProxySettings>,
    /// Value of the `User-Agent` header.
    pub user_agent: String,
    /// How often a request is repeated after a failure that may pass.
    pub retries: u32,
    /// How long a connection may stay silent. Establishing one has the same limit; an upload may take five times
    /// as long to be acknowledged.
    pub timeout: Duration,
    /// How to wait between attempts.
    pub sleep: Sleeper,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            insecure: Vec::new(),
            ca_bundles: Vec::new(),
            system_roots: None,
            proxy: None,
            user_agent: concat!("cooper/", env!("CARGO_PKG_VERSION")).to_owned(),
            retries: 4,
            timeout: Duration::from_secs(60),
            sleep: Sleeper::default(),
        }
    }
}

/// Proxy settings as the usual environment variables hold them.
#[derive(Debug, Clone, Default)]
pub struct ProxySettings {
    /// Value of `http_proxy`: for plain http. May hold a password.
    pub http: Option<Redacted<String>>,
    /// Value of `https_proxy`: for https. May hold a password.
    pub https: Option<Redacted<String>>,
    /// Value of `no_proxy`: hosts that are reached directly. Comma-separated names (each with its subdomains),
    /// addresses, IPv4 networks as `10.0.0.0/8`, `host:port`, or `*`.
    pub no_proxy: String,
}

/// How to wait. A test puts a recorder here.
#[derive(Clone)]
pub struct Sleeper(Arc<dyn Fn(Duration) + Send + Sync>);

impl Sleeper {
    /// Waits by calling `wait`.
    pub fn new(wait: impl Fn(Duration) + Send + Sync + 'static) -> Self {
        Self(Arc::new(wait))
    }

    pub(crate) fn sleep(&self, time: Duration) {
        (self.0)(time);
    }
}

impl Default for Sleeper {
    fn default() -> Self {
        Self::new(std::thread::sleep)
    }
}

impl fmt::Debug for Sleeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sleeper")
    }
}
