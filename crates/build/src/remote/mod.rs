//! What comes from afar, as layers: each file and each tree becomes a layer of its own, which steps copy from as from
//! a stage. What it was made of is recorded, so that only a changed source is fetched again.

mod archive;
mod git;
mod tell;
mod web;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use fetch::{Commit, FetchError, Fetcher, Progress};
use image::{Digest, Entry, EntryKind};
use plan::{GitOp, NodeId, Op, WebOp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::{Index, Store, Work};

pub use archive::Received;
pub use tell::Told;

use crate::engine::Engine;
use crate::{BuildError, EventKind, Stream};

/// More bytes than this are taken from nobody.
const LIMIT: u64 = 64 << 30;

/// Brings remote sources into the store. One is shared by all steps of a build.
pub struct Remotes<'a> {
    store: &'a Store,
    fetcher: &'a Fetcher,
    /// Nanoseconds since 1970.
    now: &'a (dyn Fn() -> i128 + Sync),
    /// What references were found to mean: in one build they mean one thing.
    commits: Mutex<BTreeMap<String, Commit>>,
}

/// A source that is in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The layer that holds it.
    pub layer: Digest,
    /// When it was made, in seconds since 1970: the time of the commit, or what the server said.
    pub time: Option<i64>,
    /// Whether it is the tree of an archive.
    pub unpacked: bool,
    /// Whether it was there before.
    pub cached: bool,
}

impl<'a> Remotes<'a> {
    /// Nothing is fetched yet.
    pub fn new(store: &'a Store, fetcher: &'a Fetcher, now: &'a (dyn Fn() -> i128 + Sync)) -> Self {
        Self { store, fetcher, now, commits: Mutex::default() }
    }

    /// A file of a web server.
    pub fn web(&self, op: &WebOp, progress: &dyn Progress) -> Result<Fetched, BuildError> {
        web::Job { remotes: self, op, progress }.run()
    }

    /// A tree of a git repository.
    pub fn git(&self, op: &GitOp, progress: &dyn Progress) -> Result<Fetched, BuildError> {
        git::Job { remotes: self, op, progress }.run()
    }

    /// The digest of a file of a web server, which is fetched for it.
    pub fn web_content(&self, op: &WebOp, progress: &dyn Progress) -> Result<Digest, BuildError> {
        let job = web::Job { remotes: self, op, progress };
        job.run()?;
        let missing = || BuildError::environment(format!("`{}` is not in the store", op.url.url));
        job.content().ok_or_else(missing)
    }

    /// The commit that a reference means.
    pub fn git_commit(&self, op: &GitOp, progress: &dyn Progress) -> Result<String, BuildError> {
        git::Job { remotes: self, op, progress }.commit().map(|commit| commit.id)
    }

    /// When the commit was made that a reference means; only what says so is fetched.
    pub fn git_time(&self, op: &GitOp, progress: &dyn Progress) -> Result<i64, BuildError> {
        git::Job { remotes: self, op, progress }.time()
    }

    /// What a source that was fetched in this build was found to be: `sha256:` of a file, `sha1:` of a commit.
    pub fn resolved(&self, op: &Op) -> Option<String> {
        match op {
            Op::Web(op) => {
                let content = web::Job { remotes: self, op, progress: &fetch::NoProgress }.content();
                content.map(|content| content.to_string())
            }
            Op::Git(op) => {
                let commit = lock(&self.commits).get(&git::question(op)).cloned()?;
                let kind = if commit.id.len() == 40 { "sha1" } else { "sha256" };
                Some(format!("{kind}:{}", commit.id))
            }
            _ => None,
        }
    }

    fn seconds(&self) -> i64 {
        i64::try_from((self.now)() / 1_000_000_000).unwrap_or(0)
    }

    /// What was recorded under a key, when it can be read.
    fn record<T: DeserializeOwned>(&self, kind: &str, key: &Digest) -> Result<Option<T>, BuildError> {
        let bytes = self.store.cache_get(kind, key)?;
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    fn keep<T: Serialize>(&self, kind: &str, key: &Digest, record: &T) -> Result<(), BuildError> {
        let bytes = serde_json::to_vec(record).map_err(|error| BuildError::new(error.to_string()))?;
        Ok(self.store.cache_put(kind, key, &bytes)?)
    }

    fn has_layer(&self, layer: &Digest) -> Result<bool, BuildError> {
        Ok(self.store.layer(layer)?.is_some())
    }

    /// Makes a layer of what lies in the directory of `work`. Entries get their metadata here.
    fn commit(&self, work: Work, mut entries: Vec<Entry>) -> Result<Digest, BuildError> {
        // The root belongs to whoever copies from it.
        entries.retain(|entry| !entry.path.is_empty());
        // Deepest first, so that no change below touches a directory's time again.
        for entry in entries.iter().rev() {
            store::apply_metadata(&host(&work, &entry.path), entry)?;
        }
        Ok(self.store.commit(work, Index::from_entries(entries)?)?.id())
    }
}

/// Where a path of a layer in the making lies.
fn host(work: &Work, path: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    work.fs().join(std::ffi::OsStr::from_bytes(path))
}

impl From<FetchError> for BuildError {
    fn from(error: FetchError) -> Self {
        Self { help: error.help, environment: error.environment, ..Self::new(error.message) }
    }
}

/// When the newest file of a layer was changed last, in seconds since 1970.
pub fn newest(store: &Store, layer: &Digest) -> Result<Option<i64>, BuildError> {
    let Some(layer) = store.layer(layer)? else { return Ok(None) };
    let index = layer.index()?;
    let files = index.entries().iter().filter(|entry| entry.kind == EntryKind::File && !entry.undated);
    Ok(files.map(|entry| entry.mtime).max())
}

impl Engine<'_> {
    /// The layer of a remote source, found or fetched.
    pub(crate) fn remote(&self, id: NodeId, op: &Op) -> Result<Digest, BuildError> {
        let say = |text: Option<&str>| match text {
            None => self.event(id, EventKind::Started),
            Some(text) => {
                self.event(id, EventKind::Output(Stream::Stderr, format!("{text}\n").into_bytes()));
            }
        };
        let told = Told::new(&say, self.options.cancel);
        let fetched = match op {
            Op::Web(op) => self.options.remotes.web(op, &told)?,
            Op::Git(op) => self.options.remotes.git(op, &told)?,
            _ => return Err(BuildError::new("not a remote source")),
        };
        match told.begun() {
            None if fetched.cached => self.event(id, EventKind::Cached),
            None => {
                self.event(id, EventKind::Started);
                self.event(id, EventKind::Done(Duration::ZERO));
            }
            Some(begun) => self.event(id, EventKind::Done(begun.elapsed())),
        }
        Ok(fetched.layer)
    }
}

/// The value of a mutex even when another thread panicked: the maps stay consistent between two calls.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
