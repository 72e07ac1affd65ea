//! Trees of git repositories, by the `git` program (as `BuildKit` does it), which gets no configuration but ours: no
//! hooks, no filters, no prompts, no protocols besides http, https, ssh and git.

mod checkout;
mod keep;
mod program;
mod remote;
mod repo;
mod resolve;
mod submodules;

use std::path::Path;

use syntax::GitRef;

use self::remote::Remote;
use crate::{Fetcher, Progress, Result};

/// A commit that a reference was found to mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its name, 40 or 64 hex digits.
    pub id: String,
    /// The branch or tag that led to it, `refs/…`.
    pub name: Option<String>,
    /// The tag object, where an annotated tag led to it.
    pub tag: Option<String>,
}

/// What of a commit is checked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckoutOptions {
    /// Whether `.git` is kept; never with a directory within.
    pub keep_git_dir: bool,
    /// Whether submodules are fetched.
    pub submodules: bool,
}

impl Fetcher {
    /// Finds out which commit is meant. The server is asked, unless the reference is the full name of a commit.
    pub fn git_commit(&self, git: &GitRef, progress: &dyn Progress) -> Result<Commit> {
        resolve::resolve(self, git, progress)
    }

    /// When a commit was made, in seconds since 1970; it is fetched where it is not there yet.
    pub fn git_time(&self, git: &GitRef, commit: &Commit, progress: &dyn Progress) -> Result<i64> {
        let remote = Remote::of(git);
        let repo = repo::Repo::open(self, &remote, commit, progress)?;
        repo.commit_time(&commit.id)
    }

    /// Writes the files of a commit to `target`, an empty directory; when the commit was made.
    pub fn git_checkout(
        &self,
        git: &GitRef,
        commit: &Commit,
        options: CheckoutOptions,
        target: &Path,
        progress: &dyn Progress,
    ) -> Result<i64> {
        let job = checkout::Job { fetcher: self, options, progress };
        job.run(git, commit, target)
    }
}
