//! Everything that the use cases need of the machine, as values.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::OnceLock;

use build_engine::Flight;
use registry::Client;
use store::{Flavor, Store};

use crate::{AppError, Settings};

/// The environment of a use case.
pub struct World {
    /// Where the store is.
    pub store_root: PathBuf,
    /// Whether the store is written as root or within a user namespace.
    pub flavor: Flavor,
    /// Current directory.
    pub cwd: PathBuf,
    /// Environment variables, for `--secret env=`, proxies and the like.
    pub env: BTreeMap<String, String>,
    /// What cooper.toml says.
    pub settings: Settings,
    /// How registries are spoken to.
    pub registry: registry::Config,
    /// Number of cores.
    pub cores: usize,
    /// Nanoseconds since 1970.
    pub now: fn() -> i128,
    /// Opens standard output, for results that are bytes.
    pub stdout: fn() -> Box<dyn Write>,
    /// Ends long work when set.
    pub cancel: &'static sandbox::Cancel,
    /// What the builds of this process make at the moment.
    pub flight: Flight,
    client: OnceLock<Result<Client, String>>,
}

impl World {
    /// A world with the default settings.
    pub fn new(store_root: PathBuf, flavor: Flavor, cwd: PathBuf, cancel: &'static sandbox::Cancel) -> Self {
        Self {
            store_root,
            flavor,
            cwd,
            env: BTreeMap::new(),
            settings: Settings::default(),
            registry: registry::Config::default(),
            cores: kit::cores(),
            now: || 0,
            stdout: || Box::new(std::io::sink()),
            cancel,
            flight: Flight::default(),
            client: OnceLock::new(),
        }
    }

    /// Opens the store.
    pub fn store(&self) -> Result<Store, AppError> {
        Ok(Store::open(&self.store_root, self.flavor)?)
    }

    /// The registry client, made when it is first needed: reading the trusted roots takes milliseconds.
    pub fn client(&self) -> Result<&Client, AppError> {
        let made =
            self.client.get_or_init(|| Client::new(self.registry.clone()).map_err(|error| error.to_string()));
        made.as_ref().map_err(|message| AppError::environment(message.clone()))
    }

    /// A path as given on the command line, made absolute.
    pub fn path(&self, path: &str) -> PathBuf {
        self.cwd.join(path)
    }

    /// Seconds since 1970.
    pub fn seconds(&self) -> i64 {
        i64::try_from((self.now)() / 1_000_000_000).unwrap_or(i64::MAX)
    }
}
