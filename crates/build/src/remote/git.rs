//! Trees of git repositories.

use fetch::{CheckoutOptions, Commit, Progress};
use image::{Digest, Entry, EntryKind};
use kit::Hasher;
use plan::GitOp;
use serde::{Deserialize, Serialize};
use store::Merged;
use syntax::GitTimes;

use super::{Fetched, Remotes, lock};
use crate::BuildError;

const KIND: &str = "git";

/// Fetching of one tree.
pub(super) struct Job<'a> {
    pub(super) remotes: &'a Remotes<'a>,
    pub(super) op: &'a GitOp,
    pub(super) progress: &'a dyn Progress,
}

/// What a commit became.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    layer: Digest,
    time: i64,
}

impl Job<'_> {
    pub(super) fn run(&self) -> Result<Fetched, BuildError> {
        let remotes = self.remotes;
        let commit = self.commit()?;
        let key = self.key(&commit);
        let fetched = |record: &Record, cached| Fetched {
            layer: record.layer,
            time: Some(record.time),
            unpacked: true,
            cached,
        };
        if let Some(record) = remotes.record::<Record>(KIND, &key)?
            && remotes.has_layer(&record.layer)?
        {
            return Ok(fetched(&record, true));
        }
        let record = self.checkout(&commit)?;
        remotes.keep(KIND, &key, &record)?;
        Ok(fetched(&record, false))
    }

    pub(super) fn time(&self) -> Result<i64, BuildError> {
        let commit = self.commit()?;
        Ok(self.remotes.fetcher.git_time(&self.op.git, &commit, self.progress)?)
    }

    /// What the reference means, asked once for each build.
    pub(super) fn commit(&self) -> Result<Commit, BuildError> {
        let (git, key) = (&self.op.git, question(self.op));
        if let Some(known) = lock(&self.remotes.commits).get(&key) {
            return Ok(known.clone());
        }
        let commit = self.remotes.fetcher.git_commit(git, self.progress)?;
        lock(&self.remotes.commits).insert(key, commit.clone());
        Ok(commit)
    }

    fn key(&self, commit: &Commit) -> Digest {
        let (git, mut hash) = (&self.op.git, Hasher::new());
        hash.field(b"cooper git 1");
        hash.field(commit.id.as_bytes());
        hash.field(git.subdir.as_deref().unwrap_or("").as_bytes());
        hash.field(&[u8::from(self.op.submodules), u8::from(git.times == GitTimes::Commit)]);
        if self.keeps_git_dir() {
            // These are written into it.
            for part in [Some(&git.remote), commit.name.as_ref(), commit.tag.as_ref()] {
                hash.field(part.map_or(&[][..], |part| part.as_bytes()));
            }
        }
        hash.finish()
    }

    /// A directory within has no `.git` that could be kept.
    fn keeps_git_dir(&self) -> bool {
        self.op.keep_git_dir && self.op.git.subdir.is_none()
    }

    fn checkout(&self, commit: &Commit) -> Result<Record, BuildError> {
        let (remotes, git) = (self.remotes, &self.op.git);
        let work = remotes.store.work()?;
        let options = CheckoutOptions { keep_git_dir: self.keeps_git_dir(), submodules: self.op.submodules };
        let time = remotes.fetcher.git_checkout(git, commit, options, &work.fs(), self.progress)?;
        let nothing = Merged::new(Vec::new())?;
        let index = store::scan_upper(&work.fs(), remotes.store.flavor(), &nothing, i64::MIN, &|path, _| {
            store::hash_file(path)
        })?;
        let mut entries = index.entries().to_vec();
        let dated = (git.times == GitTimes::Commit).then_some(time);
        let now = remotes.seconds();
        for entry in &mut entries {
            normalize(entry);
            (entry.mtime, entry.undated) = (dated.unwrap_or(now), dated.is_none());
        }
        Ok(Record { layer: remotes.commit(work, entries)?, time })
    }
}

/// What is asked of a repository.
pub(super) fn question(op: &GitOp) -> String {
    let git = &op.git;
    let [reference, checksum] = [&git.reference, &git.checksum].map(|part| part.as_deref().unwrap_or(""));
    format!("{}\n{reference}\n{checksum}", git.remote)
}

/// Leaves what git keeps of a file: its content and whether it can be executed. Its own objects stay read-only.
fn normalize(entry: &mut Entry) {
    entry.mode = match entry.kind {
        EntryKind::File if entry.mode & 0o100 != 0 => 0o755,
        EntryKind::File if entry.mode & 0o200 == 0 => 0o444,
        EntryKind::File => 0o644,
        EntryKind::Symlink => 0o777,
        _ => 0o755,
    };
    (entry.uid, entry.gid) = (0, 0);
    entry.xattrs.clear();
}
