//! What comes from afar: files of web servers and trees of git repositories.
//!
//! Nothing here knows of layers: bytes go into a [`Sink`], trees into a directory that the caller gives. Repositories
//! are kept in a directory of the caller, each under a lock, so that processes share them. Settings, secrets and agents
//! are values of [`Config`]; the environment is not read.

mod config;
mod date;
mod error;
mod git;
mod progress;
mod web;
mod worktree;

pub use config::Config;
pub use error::FetchError;
pub use git::{CheckoutOptions, Commit};
pub use progress::{NoProgress, Progress};
pub use web::{Ask, Sink, Validators, WebAnswer, WebFile};
pub use worktree::commit_time;

use std::sync::OnceLock;

use net::{Http, Retry};

/// The result of fetching something.
pub type Result<T> = std::result::Result<T, FetchError>;

/// Fetches. One is shared by all threads of a build.
pub struct Fetcher {
    config: Config,
    http: OnceLock<Http>,
    /// Whether the git program is there and new enough.
    git: OnceLock<Result<()>>,
}

impl Fetcher {
    /// A fetcher with these settings. Nothing is contacted or read yet.
    pub fn new(config: Config) -> Self {
        Self { config, http: OnceLock::new(), git: OnceLock::new() }
    }

    /// The HTTP agents, made when they are first needed: reading the trusted roots takes milliseconds.
    fn http(&self) -> Result<&Http> {
        if let Some(http) = self.http.get() {
            return Ok(http);
        }
        let made = Http::new(&self.config.net)?;
        Ok(self.http.get_or_init(|| made))
    }

    fn retry(&self) -> Retry {
        Retry { retries: self.config.net.retries, sleep: self.config.net.sleep.clone() }
    }
}
