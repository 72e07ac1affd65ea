//! `Dockerfile.lock`: which content the names in a Dockerfile stood for, so that every later build takes the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use image::{Digest, Platform, Reference};
use plan::{Op, Plan};
use serde::{Deserialize, Serialize};

use crate::AppError;

const VERSION: u32 = 1;
/// Larger lock files than this are refused.
const MAX_BYTES: u64 = 4 << 20;
const HEAD: &str = "# What the names in the Dockerfile stood for. `cooper build` takes it from here, and \
                    `cooper lock --update` renews it.\n";

/// A lock file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockFile {
    version: u32,
    /// The build arguments it was made with.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub arguments: BTreeMap<String, String>,
    /// Commits by repository and reference.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub git: BTreeMap<String, String>,
    /// Digests of files by their address.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, Digest>,
    /// Images by their whole name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub images: BTreeMap<String, LockedImage>,
}

/// What the name of an image stood for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedImage {
    /// Digest of the index, or of the manifest of an image for one platform.
    pub digest: Digest,
    /// Digests of the manifests that were used.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub platforms: BTreeMap<String, Digest>,
}

impl LockFile {
    /// Reads a lock file; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let read: Self = toml_edit::de::from_str(text).map_err(|error| error.to_string())?;
        if read.version != VERSION {
            return Err(format!("its version is {}, and only {VERSION} is known", read.version));
        }
        Ok(read)
    }

    /// Its text, always the same for the same content.
    pub fn to_text(&self) -> Result<String, AppError> {
        let text = toml_edit::ser::to_string_pretty(&Self { version: VERSION, ..self.clone() });
        let text =
            text.map_err(|error| AppError::environment(format!("failed to write the lock: {error}")))?;
        Ok(format!("{HEAD}{text}"))
    }

    /// Everything in it, by kind and name.
    fn entries(&self) -> BTreeMap<(&'static str, &str), String> {
        let images =
            self.images.iter().map(|(name, image)| (("image", name.as_str()), image.digest.to_string()));
        let files = self.files.iter().map(|(name, digest)| (("file", name.as_str()), digest.to_string()));
        let git = self.git.iter().map(|(name, commit)| (("git", name.as_str()), commit.clone()));
        images.chain(files).chain(git).collect()
    }

    /// What differs from `new`, in order.
    pub fn changes(&self, new: &Self) -> Vec<LockChange> {
        let (old, new) = (self.entries(), new.entries());
        let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
        let change = |key: &&(&'static str, &str)| {
            let (before, after) = (old.get(*key).cloned(), new.get(*key).cloned());
            (before != after).then(|| LockChange {
                kind: key.0,
                name: key.1.to_owned(),
                old: before,
                new: after,
            })
        };
        keys.iter().filter_map(change).collect()
    }
}

/// A difference between two lock files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LockChange {
    /// `image`, `file` or `git`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// What it stood for; `None` when it was not there.
    pub old: Option<String>,
    /// What it stands for; `None` when it is no longer there.
    pub new: Option<String>,
}

/// The lock file that goes with a Dockerfile: of its name, with `.lock`.
pub(crate) fn path_of(dockerfile: &Path) -> PathBuf {
    let mut name = dockerfile.file_name().unwrap_or_default().to_owned();
    name.push(".lock");
    dockerfile.with_file_name(name)
}

/// Reads the lock file at a path; `None` when there is none.
pub(crate) fn read(path: &Path) -> Result<Option<LockFile>, AppError> {
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(AppError::usage(format!("failed to read `{}`: {error}", path.display())));
        }
    };
    let bad = |why: String| {
        AppError::usage(format!("`{}` is damaged: {why}", path.display()))
            .help("`cooper lock --update` makes it anew when it is removed")
    };
    let bytes = kit::read_bounded(file, MAX_BYTES).map_err(|error| bad(error.to_string()))?;
    LockFile::parse(&String::from_utf8_lossy(&bytes)).map(Some).map_err(bad)
}

/// A lock file in use: what it says is taken, what it does not say is noted.
pub(crate) struct Lock {
    file: LockFile,
    /// Whether what it does not say is an error.
    strict: bool,
    /// What the names stood for this time.
    seen: Mutex<LockFile>,
    /// Names that it does not have.
    missing: Mutex<BTreeSet<String>>,
}

impl Lock {
    pub(crate) fn new(file: LockFile, strict: bool) -> Self {
        Self { file, strict, seen: Mutex::default(), missing: Mutex::default() }
    }

    /// Names that were asked for and are not there.
    pub(crate) fn missing(&self) -> BTreeSet<String> {
        self.missing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the names stood for this time.
    pub(crate) fn seen(&self) -> LockFile {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn note(&self, work: impl FnOnce(&mut LockFile)) {
        work(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn lacks(&self, name: String) -> Result<(), AppError> {
        if self.strict {
            return Err(AppError::usage(format!("`{name}` is not in the lock file"))
                .help("`cooper lock` adds it; without `--locked` the build goes on"));
        }
        self.missing.lock().unwrap_or_else(PoisonError::into_inner).insert(name);
        Ok(())
    }

    /// The image that a name stands for, pinned where the lock says it.
    pub(crate) fn image(&self, reference: &Reference) -> Result<Reference, AppError> {
        if reference.digest().is_some() {
            return Ok(reference.clone());
        }
        match self.file.images.get(&name_of(reference)) {
            Some(locked) => Ok(reference.with_digest(locked.digest)),
            None => self.lacks(reference.familiar()).map(|()| reference.clone()),
        }
    }

    /// Whether it has a file.
    pub(crate) fn is_file(&self, url: &str) -> bool {
        self.file.files.contains_key(url)
    }

    /// The commit of a repository.
    pub(crate) fn commit(&self, name: &str) -> Option<String> {
        self.file.git.get(name).cloned()
    }

    /// Notes what the name of an image stood for.
    pub(crate) fn found(&self, reference: &Reference, top: Digest, manifest: Digest, platform: &Platform) {
        if reference.digest().is_none() {
            self.note(|seen| {
                let entry = seen.images.entry(name_of(reference));
                let image = entry.or_insert_with(|| LockedImage { digest: top, platforms: BTreeMap::new() });
                image.platforms.insert(platform.to_string(), manifest);
            });
        }
    }

    /// Pins the remote sources of a plan. With an error comes the place of what is not locked.
    pub(crate) fn pin(&self, plan: &mut Plan) -> Result<(), (AppError, kit::TextRange)> {
        for node in &mut plan.nodes {
            let range = node.origin.range;
            let lacks = |name: String| self.lacks(name).map_err(|error| (error, range));
            match &mut node.op {
                Op::Web(web) if web.checksum.is_none() => match self.file.files.get(&web.url.url) {
                    Some(digest) => web.checksum = Some(*digest),
                    None => lacks(web.url.url.clone())?,
                },
                Op::Git(git) if !is_pinned(&git.git) => match self.file.git.get(&git.git.to_string()) {
                    Some(commit) => {
                        git.git.checksum = Some(commit.clone());
                        git.git.fetch_by_commit = true;
                    }
                    None => lacks(git.git.to_string())?,
                },
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether an address names a commit by itself.
pub(crate) fn is_pinned(git: &syntax::GitRef) -> bool {
    git.reference.as_deref().is_some_and(syntax::is_commit)
        || git.checksum.as_deref().is_some_and(syntax::is_commit)
}

/// The whole name of an image, with its tag.
fn name_of(reference: &Reference) -> String {
    let tag = reference.tag_or_latest().unwrap_or("latest");
    reference.with_tag(tag).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock() -> LockFile {
        let platforms = [("linux/amd64".to_owned(), Digest::of(b"amd64"))].into();
        let image = LockedImage { digest: Digest::of(b"index"), platforms };
        LockFile {
            version: VERSION,
            arguments: [("TAG".to_owned(), "1".to_owned())].into(),
            git: [("https://example.com/x.git#main".to_owned(), "a".repeat(40))].into(),
            files: [("https://example.com/f".to_owned(), Digest::of(b"f"))].into(),
            images: [("docker.io/library/debian:13".to_owned(), image)].into(),
        }
    }

    #[test]
    fn a_lock_file_comes_back_and_says_what_changed() {
        let text = lock().to_text().unwrap();
        assert_eq!(LockFile::parse(&text).unwrap(), lock());
        assert!(text.contains("[images.\"docker.io/library/debian:13\"]"), "{text}");
        let mut new = lock();
        new.files.clear();
        new.images.values_mut().for_each(|image| image.digest = Digest::of(b"other"));
        let changes = lock().changes(&new);
        let shown: Vec<_> = changes.iter().map(|c| (c.kind, c.old.is_some(), c.new.is_some())).collect();
        assert_eq!(shown, [("file", true, false), ("image", true, true)]);
        for bad in
            ["version = 2\n", "version = 1\nwhat = 1\n", "version =", "version = 1\n[files]\na = \"x\"\n"]
        {
            assert!(LockFile::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_lock_stands_beside_its_dockerfile() {
        assert_eq!(path_of(Path::new("/a/app.Dockerfile")), Path::new("/a/app.Dockerfile.lock"));
    }
}
