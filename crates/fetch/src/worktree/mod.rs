//! When the commit was made that a directory of this machine has checked out: read from its `.git` by this program itself,
//! because nothing of a context's configuration is to be run, and the time must not depend on whether git is installed.

mod object;
mod pack;

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use kit::read_bounded;
use syntax::is_commit;

/// Larger files with a single ref or path are refused.
const MAX_SMALL: u64 = 16 << 10;
/// Larger lists of refs are refused.
const MAX_PACKED: u64 = 256 << 20;
/// Refs that lead to refs.
const MAX_HOPS: usize = 5;

/// Seconds since 1970 when the checked-out commit of the repository was made that holds `dir`; `None` when there is none,
/// or it cannot be read.
pub fn commit_time(dir: &Path) -> Option<i64> {
    let places = Places::find(dir)?;
    let commit = object::read(&places.common.join("objects"), &places.head()?)?;
    committer_time(&commit).filter(|time| *time >= 0)
}

/// The committer's time of a commit object, without the header that says what it is.
pub(crate) fn committer_time(commit: &[u8]) -> Option<i64> {
    let text = String::from_utf8_lossy(commit);
    let line =
        text.lines().take_while(|line| !line.is_empty()).find_map(|line| line.strip_prefix("committer "))?;
    line.rsplit(' ').nth(1)?.parse().ok()
}

/// Where a repository keeps what.
struct Places {
    /// What belongs to this checkout alone: HEAD.
    own: PathBuf,
    /// What all its checkouts share: objects and branches.
    common: PathBuf,
}

impl Places {
    /// Looks upwards from `dir`, as git does, within one file system.
    fn find(dir: &Path) -> Option<Self> {
        let dir = dir.canonicalize().ok()?;
        let device = fs::metadata(&dir).ok()?.dev();
        for at in dir.ancestors().take_while(|at| fs::metadata(at).is_ok_and(|found| found.dev() == device)) {
            let git = at.join(".git");
            let Ok(found) = fs::symlink_metadata(&git) else { continue };
            let own = if found.is_file() { at.join(small(&git)?.strip_prefix("gitdir: ")?) } else { git };
            if !own.join("HEAD").is_file() {
                return None;
            }
            let common = small(&own.join("commondir")).map_or_else(|| own.clone(), |path| own.join(path));
            return Some(Self { own, common });
        }
        None
    }

    /// The commit that is checked out.
    fn head(&self) -> Option<String> {
        let mut text = small(&self.own.join("HEAD"))?;
        for _ in 0..MAX_HOPS {
            if is_commit(&text) {
                return Some(text);
            }
            let name = text.strip_prefix("ref: ")?.to_owned();
            if !name.starts_with("refs/") || name.split('/').any(|part| matches!(part, "" | "." | "..")) {
                return None;
            }
            let loose = [&self.own, &self.common].into_iter().find_map(|dir| small(&dir.join(&name)));
            text = loose.or_else(|| self.packed(&name))?;
        }
        None
    }

    fn packed(&self, name: &str) -> Option<String> {
        let bytes = read_bounded(File::open(self.common.join("packed-refs")).ok()?, MAX_PACKED).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let found = text.lines().find_map(|line| line.strip_suffix(name)?.strip_suffix(' '));
        found.filter(|id| is_commit(id)).map(str::to_owned)
    }
}

/// The text of a small file without blanks at its ends.
fn small(path: &Path) -> Option<String> {
    let bytes = read_bounded(File::open(path).ok()?, MAX_SMALL).ok()?;
    String::from_utf8(bytes).ok().map(|text| text.trim().to_owned())
}

#[cfg(test)]
mod tests;
