//! A build context: a directory of this machine, read in place.
//!
//! The directory is walked once; contents are hashed only when a step selects them, and then only where the
//! stat cache does not know the file already.

mod stat_cache;
mod walk;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use image::{Digest, Entry};
use syntax::Ignore;

pub use stat_cache::StatCache;
pub(crate) use stat_cache::{Known, StatKey};

/// A walked context. Entries are sorted by path; files among them have no digest yet.
pub struct Context {
    root: PathBuf,
    entries: Vec<Entry>,
    stats: Vec<StatKey>,
    ignore: Ignore,
    cache: Mutex<StatCache>,
    fresh: Mutex<BTreeMap<usize, Known>>,
}

impl Context {
    /// Walks `root` without what `ignore` excludes. `wanted` limits the walk to what lies on the way to or
    /// below these paths; `None` walks everything.
    pub fn open(
        root: &Path,
        ignore: Ignore,
        wanted: Option<&[Vec<u8>]>,
        cache: StatCache,
    ) -> io::Result<Self> {
        let (entries, stats) = walk::walk(root, &ignore, wanted)?;
        let root = root.to_owned();
        Ok(Self { root, entries, stats, ignore, cache: Mutex::new(cache), fresh: Mutex::default() })
    }

    /// What was found, sorted by path.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Where an entry is on this machine.
    pub fn host_path(&self, entry: &Entry) -> PathBuf {
        use std::os::unix::ffi::OsStrExt;
        self.root.join(std::ffi::OsStr::from_bytes(&entry.path))
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The ignore file in force.
    pub const fn ignore(&self) -> &Ignore {
        &self.ignore
    }

    /// Digests and extended attributes of the files at `positions` of [`Self::entries`], in that order. What
    /// the cache does not know is read, by as many threads as there are cores.
    pub(crate) fn contents(&self, positions: &[usize]) -> io::Result<Vec<Known>> {
        let mut known: Vec<Option<Known>> = positions.iter().map(|at| self.recall(*at)).collect();
        let missing: Vec<usize> = (0..positions.len()).filter(|at| known[*at].is_none()).collect();
        let read = crate::parallel::map(&missing, |at| self.read(positions[*at]))?;
        for (at, value) in missing.into_iter().zip(read) {
            lock(&self.fresh).insert(positions[at], value.clone());
            known[at] = Some(value);
        }
        Ok(known.into_iter().flatten().collect())
    }

    fn recall(&self, at: usize) -> Option<Known> {
        if let Some(known) = lock(&self.fresh).get(&at) {
            return Some(known.clone());
        }
        lock(&self.cache).get(&self.entries[at].path, &self.stats[at])
    }

    fn read(&self, at: usize) -> io::Result<Known> {
        let path = self.host_path(&self.entries[at]);
        let named = |error: io::Error| io::Error::new(error.kind(), format!("`{}`: {error}", path.display()));
        let (digest, _) = store::hash_file(&path).map_err(named)?;
        let xattrs = store::read_xattrs(&path).map_err(named)?;
        Ok(Known { digest, xattrs })
    }

    /// Saves what was learnt. `now` in nanoseconds since 1970: files that changed within the granularity of
    /// file times before it are not trusted the next time.
    pub fn save(&self, now: i128) -> io::Result<()> {
        let fresh = std::mem::take(&mut *lock(&self.fresh));
        if fresh.is_empty() {
            return Ok(());
        }
        let learnt =
            fresh.into_iter().map(|(at, known)| (self.entries[at].path.clone(), self.stats[at], known));
        lock(&self.cache).add(learnt, now);
        lock(&self.cache).save()
    }
}

/// The value of a mutex even when another thread panicked: the maps stay consistent between two calls.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// A digest for a cache record that stands for a directory's path.
pub(crate) fn path_key(path: &Path) -> Digest {
    use std::os::unix::ffi::OsStrExt;
    Digest::of(path.as_os_str().as_bytes())
}
