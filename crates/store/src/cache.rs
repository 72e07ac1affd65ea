//! Cache records, and the directories of cache mounts.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use image::Digest;
use kit::Hasher;

use crate::lock::{FileLock, touch};
use crate::{Store, StoreError};

const MAGIC: &[u8; 8] = b"cooprec1";

/// Larger records than this are misses.
const MAX_RECORD: u64 = 64 << 20;

impl Store {
    fn record_file(&self, kind: &str, key: &Digest) -> PathBuf {
        let mut hash = Hasher::new();
        hash.field(kind.as_bytes());
        hash.field(key.as_bytes());
        let hex = hash.finish().hex();
        self.root().join("cache").join(&hex[..2]).join(hex)
    }

    /// The bytes that were recorded for a key; a damaged record is a miss. Marks the record as used, which
    /// collection goes by.
    pub fn cache_get(&self, kind: &str, key: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.record_file(kind, key);
        let Ok(file) = File::open(&path) else { return Ok(None) };
        touch(&file);
        let Ok(bytes) = kit::read_bounded(file, MAX_RECORD) else { return Ok(None) };
        Ok(unseal(&bytes).map(<[u8]>::to_vec))
    }

    /// Records bytes for a key, in place of what was recorded before. Not synced: a lost record is a miss.
    pub fn cache_put(&self, kind: &str, key: &Digest, bytes: &[u8]) -> Result<(), StoreError> {
        self.write_small(&self.record_file(kind, key), &seal(bytes))
    }
}

fn seal(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 20);
    out.extend(MAGIC);
    out.extend(crc32fast::hash(bytes).to_le_bytes());
    out.extend((bytes.len() as u64).to_le_bytes());
    out.extend(bytes);
    out
}

/// The content of a record when it is whole.
pub(crate) fn unseal(record: &[u8]) -> Option<&[u8]> {
    let (head, bytes) = record.split_at_checked(20)?;
    let sum = u32::from_le_bytes(head[8..12].try_into().ok()?);
    let len = u64::from_le_bytes(head[12..].try_into().ok()?);
    let whole = head[..8] == *MAGIC && len == bytes.len() as u64 && sum == crc32fast::hash(bytes);
    whole.then_some(bytes)
}

/// How steps that run at the same time share a cache mount (Dockerfile reference, "RUN --mount=type=cache").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MountSharing {
    /// All use the same directory.
    Shared,
    /// Each has its own.
    Private,
    /// One after the other.
    Locked,
}

/// Holds a cache mount until it is dropped.
#[derive(Debug)]
pub struct MountLock {
    _lock: FileLock,
}

impl Store {
    /// The directory of a cache mount, its lock, and whether the directory is new (empty, mode 0755). Waits for
    /// other holders as `sharing` says.
    pub fn cache_mount(
        &self,
        id: &str,
        sharing: MountSharing,
    ) -> Result<(PathBuf, MountLock, bool), StoreError> {
        let base = self.root().join("mounts").join(Digest::of(id.as_bytes()).hex());
        fs::create_dir_all(&base).map_err(StoreError::io("create", &base))?;
        let path = |number: u32| base.join(format!("{number}.lock"));
        let (number, lock) = match sharing {
            MountSharing::Shared => (0, FileLock::wait(&path(0), true)?),
            MountSharing::Locked => (0, FileLock::wait(&path(0), false)?),
            MountSharing::Private => first_free(path)?,
        };
        lock.touch();
        let dir = base.join(number.to_string());
        let fresh = make_dir(&dir)?;
        Ok((dir, MountLock { _lock: lock }, fresh))
    }
}

fn first_free(path: impl Fn(u32) -> PathBuf) -> Result<(u32, FileLock), StoreError> {
    for number in 0..u32::MAX {
        if let Some(lock) = FileLock::attempt(&path(number))? {
            return Ok((number, lock));
        }
    }
    Err(StoreError::Busy)
}

fn make_dir(dir: &Path) -> Result<bool, StoreError> {
    match fs::create_dir(dir) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Ok(false),
        Err(error) => return Err(StoreError::io("create", dir)(error)),
    }
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755))
        .map_err(StoreError::io("set the mode of", dir))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Flavor;

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("store"), Flavor::Root).unwrap();
        (dir, store)
    }

    #[test]
    fn a_record_comes_back_and_a_torn_one_is_a_miss() {
        let (_dir, store) = store();
        let key = Digest::of(b"key");
        assert_eq!(store.cache_get("step", &key).unwrap(), None);
        store.cache_put("step", &key, b"value").unwrap();
        assert_eq!(store.cache_get("step", &key).unwrap().unwrap(), b"value");
        assert_eq!(store.cache_get("other", &key).unwrap(), None);
        let path = store.record_file("step", &key);
        let good = fs::read(&path).unwrap();
        for at in 0..good.len() {
            fs::write(&path, &good[..at]).unwrap();
            assert_eq!(store.cache_get("step", &key).unwrap(), None, "cut at {at}");
            let mut bad = good.clone();
            bad[at] ^= 1;
            fs::write(&path, &bad).unwrap();
            assert_eq!(store.cache_get("step", &key).unwrap(), None, "flipped at {at}");
        }
    }

    #[test]
    fn private_mounts_are_apart_while_both_are_held() {
        let (_dir, store) = store();
        let (first, held, fresh) = store.cache_mount("a", MountSharing::Private).unwrap();
        assert!(fresh);
        let (second, _other, fresh) = store.cache_mount("a", MountSharing::Private).unwrap();
        assert!(fresh && first != second);
        drop(held);
        let (again, _held, fresh) = store.cache_mount("a", MountSharing::Locked).unwrap();
        assert!(!fresh && again == first);
        let (other, ..) = store.cache_mount("b", MountSharing::Shared).unwrap();
        assert_ne!(other, first);
    }
}
