//! Repositories that are kept to fetch into: bare, one for each server's repository, used by one process at a time.
//!
//! The lock is handed to git as its standard input, so it is held as long as any git works there, also when this
//! process was killed meanwhile.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

use kit::Hasher;
use rustix::fs::{FlockOperation, Timespec, Timestamps, UTIME_NOW, flock, futimens};

use super::Commit;
use super::program::{Failure, Run};
use super::remote::Remote;
use crate::{FetchError, Fetcher, Progress, Result};

/// What a server says that gives no commit that no ref leads to.
const UNADVERTISED: &[&str] =
    &["not our ref", "unadvertised object", "no such remote ref", "not found in upstream"];
/// What a server says that cannot leave history out.
const NO_DEPTH: &[&str] = &["does not support shallow", "does not support --depth", "dumb http transport"];

/// A repository, held.
pub(super) struct Repo<'a> {
    fetcher: &'a Fetcher,
    remote: &'a Remote,
    progress: &'a dyn Progress,
    /// Where it is.
    pub(super) dir: PathBuf,
    lock: File,
}

impl<'a> Repo<'a> {
    /// Takes the repository of a server and makes sure that it has a commit.
    pub(super) fn open(
        fetcher: &'a Fetcher,
        remote: &'a Remote,
        commit: &Commit,
        progress: &'a dyn Progress,
    ) -> Result<Self> {
        let is_long = commit.id.len() == 64;
        let mut key = Hasher::new();
        key.field(remote.url.as_bytes());
        key.field(if is_long { b"sha256" } else { b"sha1" });
        let name = key.finish().hex();
        let cache = &fetcher.config.cache;
        fs::create_dir_all(cache).map_err(|error| failed(cache, &error))?;
        let lock = take_lock(&cache.join(format!("{name}.lock")), progress)?;
        let repo = Self { fetcher, remote, progress, dir: cache.join(name), lock };
        repo.prepare(is_long)?;
        repo.ensure(commit)?;
        Ok(repo)
    }

    /// Runs git in the repository.
    pub(super) fn git(&self, run: Run<'_>, args: &[&str]) -> std::result::Result<Vec<u8>, Failure> {
        let stdin = match run.stdin {
            Some(stdin) => stdin,
            None => self.lock.try_clone().map_err(|error| Failure::Run(failed(&self.dir, &error)))?,
        };
        let run = Run { git_dir: Some(run.git_dir.unwrap_or(&self.dir)), stdin: Some(stdin), ..run };
        self.fetcher.git(run, args, self.progress)
    }

    /// Makes the repository when it is not there, and removes what a killed git left.
    fn prepare(&self, is_long: bool) -> Result<()> {
        for leftover in ["shallow.lock", "packed-refs.lock", "config.lock", "HEAD.lock"] {
            // Nearly always there is none.
            let _ = fs::remove_file(self.dir.join(leftover));
        }
        if self.dir.join("HEAD").exists() && self.dir.join("refs").is_dir() {
            return Ok(());
        }
        let making = self.dir.with_extension("new");
        for path in [&making, &self.dir] {
            if path.exists() {
                fs::remove_dir_all(path).map_err(|error| failed(path, &error))?;
            }
        }
        let format = if is_long { "--object-format=sha256" } else { "--object-format=sha1" };
        let run = Run { git_dir: Some(&making), ..Run::default() };
        self.git(run, &["init", "--quiet", "--bare", format])
            .map_err(|failure| failure.about("failed to make a repository to fetch into"))?;
        fs::rename(&making, &self.dir).map_err(|error| failed(&self.dir, &error))
    }

    /// Whether a commit is here. Git makes what it fetches visible only when it is whole.
    fn has(&self, commit: &str) -> Result<bool> {
        let wanted = format!("{commit}^{{commit}}");
        match self.git(Run::default(), &["cat-file", "-e", &wanted]) {
            Ok(_) => Ok(true),
            Err(Failure::Run(error)) => Err(error),
            Err(Failure::Said(_)) => Ok(false),
        }
    }

    /// Fetches a commit that is not here: by the ref that led to it, else by its own name, else with everything.
    fn ensure(&self, commit: &Commit) -> Result<()> {
        if self.has(&commit.id)? && self.has_tag(commit)? {
            return Ok(());
        }
        let keep = format!("refs/cooper/{}", commit.id);
        if let Some(name) = &commit.name {
            let by_name = self.fetch(&format!("+{name}:{keep}"));
            match by_name {
                // The ref may have moved on since it was looked up.
                Ok(()) if self.has(&commit.id)? => return Ok(()),
                Err(failure) if !failure.said(UNADVERTISED) => return Err(self.about(failure)),
                _ => {}
            }
        }
        match self.fetch(&format!("+{}:{keep}", commit.id)) {
            Ok(()) => return Ok(()),
            Err(failure) if !failure.said(UNADVERTISED) => return Err(self.about(failure)),
            Err(_) => {}
        }
        let unshallow = self.dir.join("shallow").exists();
        let mut args = vec!["fetch", "--progress", "--no-write-fetch-head", "--no-tags"];
        args.extend(unshallow.then_some("--unshallow"));
        args.extend(["--", self.remote.url.as_str(), "+refs/*:refs/all/*"]);
        self.git(self.telling(), &args).map_err(|failure| self.about(failure))?;
        if self.has(&commit.id)? {
            return Ok(());
        }
        let message = format!("the repository `{}` has no commit `{}`", self.remote.url, commit.id);
        Err(FetchError::environment(message)
            .help("it may belong to a fork, or have been removed from all branches"))
    }

    fn has_tag(&self, commit: &Commit) -> Result<bool> {
        let Some(tag) = &commit.tag else { return Ok(true) };
        match self.git(Run::default(), &["cat-file", "-e", tag]) {
            Ok(_) => Ok(true),
            Err(Failure::Run(error)) => Err(error),
            Err(Failure::Said(_)) => Ok(false),
        }
    }

    fn fetch(&self, refspec: &str) -> std::result::Result<(), Failure> {
        let fetch = |depth: Option<&str>| {
            let mut args = vec!["fetch", "--progress", "--no-write-fetch-head", "--no-tags"];
            args.extend(depth);
            args.extend(["--", self.remote.url.as_str(), refspec]);
            self.git(self.telling(), &args).map(drop)
        };
        match fetch(Some("--depth=1")) {
            Err(failure) if failure.said(NO_DEPTH) => fetch(None),
            other => other,
        }
    }

    fn telling(&self) -> Run<'a> {
        Run { remote: Some(self.remote), tell: true, ..Run::default() }
    }

    fn about(&self, failure: Failure) -> FetchError {
        failure.about(&format!("failed to fetch `{}`", self.remote.url))
    }

    /// When a commit was made.
    pub(super) fn commit_time(&self, commit: &str) -> Result<i64> {
        let out = self.git(Run::default(), &["cat-file", "commit", commit]);
        let out = out.map_err(|failure| failure.about(&format!("failed to read the commit `{commit}`")))?;
        crate::worktree::committer_time(&out)
            .ok_or_else(|| FetchError::environment(format!("the commit `{commit}` has no time")))
    }
}

fn failed(path: &Path, error: &std::io::Error) -> FetchError {
    FetchError::environment(format!("failed to use `{}`: {error}", path.display()))
}

/// Waits for a lock, but not longer than the build.
fn take_lock(path: &Path, progress: &dyn Progress) -> Result<File> {
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    let file = opened.map_err(|error| failed(path, &error))?;
    loop {
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {
                // Whoever limits what is kept goes by when a repository was used last.
                let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
                let _ = futimens(&file, &Timestamps { last_access: now, last_modification: now });
                return Ok(file);
            }
            Err(rustix::io::Errno::WOULDBLOCK | rustix::io::Errno::INTR) => {}
            Err(error) => return Err(failed(path, &error.into())),
        }
        if progress.cancelled() {
            return Err(FetchError::environment("the build was interrupted"));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
