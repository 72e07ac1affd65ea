//! From a commit to files: those of the repository, and those of its submodules in their places.

use std::fs;
use std::path::{Path, PathBuf};

use kit::edit_distance;
use syntax::GitRef;

use super::keep::Kept;
use super::program::Run;
use super::remote::Remote;
use super::repo::Repo;
use super::submodules::submodules;
use super::{CheckoutOptions, Commit};
use crate::{FetchError, Fetcher, Progress, Result};

/// Submodules within submodules.
const MAX_DEPTH: usize = 10;

/// A checkout on its way.
pub(super) struct Job<'a> {
    pub(super) fetcher: &'a Fetcher,
    pub(super) options: CheckoutOptions,
    pub(super) progress: &'a dyn Progress,
}

/// One repository of a checkout.
struct Part<'a> {
    remote: &'a Remote,
    commit: &'a Commit,
    /// Where its files go.
    target: &'a Path,
    /// The directory of it that is wanted; empty for all.
    subdir: &'a str,
    /// Where its `.git` is made.
    keep: Option<PathBuf>,
    depth: usize,
}

/// An entry of the list of files of a commit.
pub(super) struct Listed {
    /// Octal, as git writes it.
    pub(super) mode: String,
    pub(super) id: String,
    /// Bytes, as Linux paths need not be UTF-8.
    pub(super) path: Vec<u8>,
}

impl Job<'_> {
    /// Checks out into `target`, an empty directory; when the commit was made.
    pub(super) fn run(&self, git: &GitRef, commit: &Commit, target: &Path) -> Result<i64> {
        let remote = Remote::of(git);
        let subdir = git.subdir.as_deref().unwrap_or_default();
        let keep = (self.options.keep_git_dir && subdir.is_empty()).then(|| target.join(".git"));
        self.part(&Part { remote: &remote, commit, target, subdir, keep, depth: 0 })
    }

    fn part(&self, part: &Part<'_>) -> Result<i64> {
        let repo = Repo::open(self.fetcher, part.remote, part.commit, self.progress)?;
        let scratch = Scratch::new(&self.fetcher.config.cache)?;
        let index = scratch.0.join("index");
        let within = Run { index: Some(&index), ..Run::default() };
        let about = |what: &str| format!("failed to {what} `{}` of `{}`", part.commit.id, part.remote.url);
        repo.git(within, &["read-tree", &part.commit.id]).map_err(|failure| failure.about(&about("read")))?;
        let files = Self::list(&repo, &index, part)?;
        Self::write(&repo, &index, &scratch.0, &files, part)?;
        let time = repo.commit_time(&part.commit.id)?;
        let found =
            if self.options.submodules { submodules(&repo, part.commit, &files)? } else { Vec::new() };
        if let Some(dir) = &part.keep {
            let work_tree = (part.depth > 0).then_some(part.target);
            let (commit, url) = (part.commit, part.remote.url.as_str());
            let kept = Kept { repo: &repo, commit, url, submodules: &found, work_tree };
            kept.write(dir, &index, &scratch.0)?;
        }
        // The next repository may be this one again, in another commit.
        drop(repo);
        for submodule in &found {
            self.submodule(submodule, part)?;
        }
        Ok(time)
    }

    /// The files of the wanted directory.
    fn list(repo: &Repo<'_>, index: &Path, part: &Part<'_>) -> Result<Vec<Listed>> {
        let run = Run { index: Some(index), ..Run::default() };
        let out = repo.git(run, &["ls-files", "--stage", "-z"]);
        let out = out
            .map_err(|failure| failure.about(&format!("failed to list the files of `{}`", part.commit.id)))?;
        let all = parse_list(&out);
        if part.subdir.is_empty() {
            return Ok(all);
        }
        let prefix = format!("{}/", part.subdir);
        if !all.iter().any(|file| file.path.starts_with(prefix.as_bytes())) {
            return Err(no_directory(part, &all));
        }
        Ok(all.into_iter().filter(|file| file.path.starts_with(prefix.as_bytes())).collect())
    }

    /// Writes the files; of a directory within, its content.
    fn write(repo: &Repo<'_>, index: &Path, scratch: &Path, files: &[Listed], part: &Part<'_>) -> Result<()> {
        let whole = part.subdir.is_empty();
        let tree = if whole { part.target.to_owned() } else { scratch.join("tree") };
        let local = |error: std::io::Error| {
            FetchError::environment(format!("failed to check out to `{}`: {error}", tree.display()))
        };
        fs::create_dir_all(&tree).map_err(local)?;
        let mut names = Vec::new();
        for file in files {
            names.extend_from_slice(&file.path);
            names.push(0);
        }
        let list = scratch.join("names");
        fs::write(&list, names).map_err(local)?;
        let stdin = fs::File::open(&list).map_err(local)?;
        let run = Run { index: Some(index), work_tree: Some(&tree), stdin: Some(stdin), ..Run::default() };
        repo.git(run, &["checkout-index", "--force", "--quiet", "-z", "--stdin"]).map_err(|failure| {
            failure.about(&format!("failed to check out `{}` of `{}`", part.commit.id, part.remote.url))
        })?;
        if whole {
            return Ok(());
        }
        for item in fs::read_dir(tree.join(part.subdir)).map_err(local)? {
            let item = item.map_err(local)?;
            fs::rename(item.path(), part.target.join(item.file_name())).map_err(local)?;
        }
        Ok(())
    }

    fn submodule(&self, submodule: &super::submodules::Submodule, parent: &Part<'_>) -> Result<()> {
        let place = |error: FetchError| FetchError {
            message: format!("submodule `{}`: {}", submodule.path, error.message),
            ..error
        };
        if parent.depth >= MAX_DEPTH {
            return Err(FetchError::asked("submodules lie more than ten deep within each other"));
        }
        let remote = parent.remote.submodule(&submodule.url).map_err(place)?;
        let commit = Commit { id: submodule.commit.clone(), name: None, tag: None };
        let inner = match parent.subdir {
            "" => submodule.path.as_str(),
            subdir => submodule.path.strip_prefix(subdir).unwrap_or(&submodule.path).trim_start_matches('/'),
        };
        let target = directory_within(parent.target, inner)?;
        let keep = parent.keep.as_ref().map(|dir| dir.join("modules").join(&submodule.name));
        if let Some(dir) = &keep {
            super::keep::link(&target, dir).map_err(place)?;
        }
        let part = Part {
            remote: &remote,
            commit: &commit,
            target: &target,
            subdir: "",
            keep,
            depth: parent.depth + 1,
        };
        self.part(&part).map(drop).map_err(place)
    }
}

/// A directory that git made for a submodule, with no symbolic link on the way to it.
fn directory_within(root: &Path, path: &str) -> Result<PathBuf> {
    let mut at = root.to_owned();
    for name in path.split('/') {
        at.push(name);
        let is_dir = fs::symlink_metadata(&at).is_ok_and(|found| found.is_dir());
        if !is_dir || matches!(name, "" | "." | "..") {
            return Err(FetchError::asked(format!(
                "the submodule `{path}` has no directory in the repository"
            )));
        }
    }
    Ok(at)
}

/// Reads `<mode> <id> <stage>\t<path>\0…`.
fn parse_list(bytes: &[u8]) -> Vec<Listed> {
    let mut out = Vec::new();
    for line in bytes.split(|byte| *byte == 0) {
        let Some(tab) = line.iter().position(|byte| *byte == b'\t') else { continue };
        let head = String::from_utf8_lossy(&line[..tab]);
        let mut head = head.split(' ');
        let (mode, id) = (head.next().unwrap_or_default(), head.next().unwrap_or_default());
        out.push(Listed { mode: mode.to_owned(), id: id.to_owned(), path: line[tab + 1..].to_vec() });
    }
    out
}

/// The error of a directory that a commit does not have, with the nearest one.
fn no_directory(part: &Part<'_>, all: &[Listed]) -> FetchError {
    let (subdir, commit) = (part.subdir, &part.commit.id);
    let paths: Vec<_> = all.iter().map(|file| String::from_utf8_lossy(&file.path)).collect();
    if paths.iter().any(|path| path == subdir || subdir.starts_with(&format!("{path}/"))) {
        return FetchError::asked(format!("`{subdir}` is not a directory in the commit `{commit}`"));
    }
    let dirs = paths.iter().flat_map(|path| path.match_indices('/').map(|(at, _)| &path[..at]));
    let near = dirs.map(|dir| (edit_distance(subdir, dir), dir)).min();
    let error = FetchError::asked(format!("the directory `{subdir}` is not in the commit `{commit}`"));
    match near.filter(|(distance, _)| *distance <= subdir.len().div_ceil(3)) {
        Some((_, dir)) => error.help(format!("did you mean `{dir}`?")),
        None => error,
    }
}

/// A directory for what is needed only now.
struct Scratch(PathBuf);

impl Scratch {
    fn new(cache: &Path) -> Result<Self> {
        use std::sync::atomic::{AtomicU64, Ordering};
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = cache.join(format!("scratch-{}-{number}", std::process::id()));
        // One of the same name was left by a process that is gone.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).map_err(|error| {
            FetchError::environment(format!("failed to create `{}`: {error}", path.display()))
        })?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays is removed by the next process of the same number, or with the store's caches.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_files_are_read() {
        let text = ["100644 abc 0\ta b/c", "120000 def 0\tl", "160000 123 0\tsub", ""].join("\0");
        let path = |file: &Listed| String::from_utf8_lossy(&file.path).into_owned();
        let found = parse_list(text.as_bytes());
        let shown: Vec<String> = found.iter().map(|f| format!("{} {} {}", f.mode, f.id, path(f))).collect();
        assert_eq!(shown, ["100644 abc a b/c", "120000 def l", "160000 123 sub"]);
        assert_eq!(parse_list(b"100644 abc 0\t\xff\0")[0].path, b"\xff");
    }

    #[test]
    fn submodules_lie_in_real_directories() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("a/b")).unwrap();
        std::os::unix::fs::symlink("/etc", dir.path().join("l")).unwrap();
        assert!(directory_within(dir.path(), "a/b").is_ok());
        for path in ["l", "l/x", "a/../a", "c", ""] {
            assert!(directory_within(dir.path(), path).is_err(), "{path}");
        }
    }
}
