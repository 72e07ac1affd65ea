//! Cache records, and the directories of cache mounts.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use image::Digest;
use kit::Hasher;
use rustix::fs::{CWD, RenameFlags, renameat_with};

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
        self.root().join("cache").join(&hex[..1]).join(hex)
    }

    /// The bytes that were recorded for a key; a damaged record is a miss. Marks the record as used, which
    /// collection goes by.
    pub fn cache_get(&self, kind: &str, key: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.record_file(kind, key);
        if let Some(bytes) = self.inner.session.get().and_then(|session| session.pending(&path)) {
            return Ok(unseal(&bytes).map(<[u8]>::to_vec));
        }
        let Ok(file) = File::open(&path) else { return Ok(None) };
        touch(&file);
        let Ok(bytes) = kit::read_bounded(file, MAX_RECORD) else { return Ok(None) };
        Ok(unseal(&bytes).map(<[u8]>::to_vec))
    }

    /// Records bytes for a key, in place of what was recorded before. Not synced: a lost record is a miss.
    pub fn cache_put(&self, kind: &str, key: &Digest, bytes: &[u8]) -> Result<(), StoreError> {
        if self.is_recorded(kind, key, bytes)? {
            return Ok(());
        }
        self.write_small(&self.record_file(kind, key), &seal(bytes))
    }

    /// The same, written while others go on: this store has it at once, others when it is written ([`Store::settle`] waits
    /// for that).
    pub fn cache_put_soon(&self, kind: &str, key: &Digest, bytes: &[u8]) -> Result<(), StoreError> {
        if self.is_recorded(kind, key, bytes)? {
            return Ok(());
        }
        let (path, record) = (self.record_file(kind, key), seal(bytes));
        match self.session()?.clerk() {
            Some(clerk) => clerk.write(path, record),
            None => self.write_small(&path, &record),
        }
    }

    /// Replacing a file costs far more than reading it: its blocks are flushed and freed.
    fn is_recorded(&self, kind: &str, key: &Digest, bytes: &[u8]) -> Result<bool, StoreError> {
        Ok(self.cache_get(kind, key)?.is_some_and(|known| known == bytes))
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
    /// The directory of a cache mount, and its lock. A directory that is not there yet (empty, mode 0755) is given to
    /// `fill` before anybody sees it. While others hold it in a way that `sharing` excludes, `wait` is asked again and
    /// again whether to go on waiting; nothing comes when it says no.
    pub fn cache_mount<E: From<StoreError>>(
        &self,
        id: &str,
        sharing: MountSharing,
        mut wait: impl FnMut() -> bool,
        fill: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<Option<(PathBuf, MountLock)>, E> {
        let base = self.root().join("mounts").join(Digest::of(id.as_bytes()).hex());
        fs::create_dir_all(&base).map_err(StoreError::io("create", &base))?;
        let path = |number: u32| base.join(format!("{number}.lock"));
        let (number, lock) = match sharing {
            MountSharing::Private => first_free(path)?,
            MountSharing::Shared | MountSharing::Locked => loop {
                let shared = sharing == MountSharing::Shared;
                if let Some(lock) = FileLock::attempt(&path(0), shared)? {
                    break (0, lock);
                }
                if !wait() {
                    return Ok(None);
                }
            },
        };
        lock.touch();
        let dir = base.join(number.to_string());
        if !dir.exists() {
            self.make_mount(&dir, fill)?;
        }
        Ok(Some((dir, MountLock { _lock: lock })))
    }

    /// Removes a cache mount that nobody holds.
    pub fn remove_mount(&self, id: &str) -> Result<(), StoreError> {
        let base = self.root().join("mounts").join(Digest::of(id.as_bytes()).hex());
        match fs::remove_dir_all(&base) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(StoreError::io("remove", &base)(error))
            }
            _ => Ok(()),
        }
    }

    /// Makes a directory in one step. Of several that share it, the first one's stays.
    fn make_mount<E: From<StoreError>>(
        &self,
        dir: &Path,
        fill: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<(), E> {
        let made = self.fresh()?;
        fs::create_dir(&made).map_err(StoreError::io("create", &made))?;
        fs::set_permissions(&made, fs::Permissions::from_mode(0o755))
            .map_err(StoreError::io("set the mode of", &made))?;
        fill(&made)?;
        match renameat_with(CWD, &made, CWD, dir, RenameFlags::NOREPLACE) {
            Ok(()) | Err(rustix::io::Errno::EXIST | rustix::io::Errno::NOTEMPTY) => Ok(()),
            Err(error) => Err(StoreError::os("create", dir)(error).into()),
        }
    }
}

fn first_free(path: impl Fn(u32) -> PathBuf) -> Result<(u32, FileLock), StoreError> {
    for number in 0..u32::MAX {
        if let Some(lock) = FileLock::attempt(&path(number), false)? {
            return Ok((number, lock));
        }
    }
    Err(StoreError::Busy)
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
        store.cache_put_soon("step", &key, b"value").unwrap();
        assert_eq!(store.cache_get("step", &key).unwrap().unwrap(), b"value");
        assert_eq!(store.cache_get("other", &key).unwrap(), None);
        store.settle().unwrap();
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
    fn each_kind_of_sharing_keeps_out_what_it_should() {
        use MountSharing::{Locked, Private, Shared};

        let (_dir, store) = store();
        // A store of its own: what counts is that locks hold between processes.
        let other = Store::open(store.root(), Flavor::Root).unwrap();
        let mount = |store: &Store, id: &str, sharing| {
            let mut asked = 0;
            let wait = || {
                asked += 1;
                asked < 3
            };
            let fill = |dir: &Path| -> Result<(), StoreError> {
                fs::write(dir.join("filled"), b"").map_err(StoreError::io("write", dir))
            };
            store.cache_mount(id, sharing, wait, fill).unwrap()
        };
        for (first, second, expect) in [
            (Shared, Shared, Some(true)),
            (Shared, Locked, None),
            (Locked, Shared, None),
            (Locked, Locked, None),
            (Private, Locked, None),
            (Locked, Private, Some(false)),
            (Private, Private, Some(false)),
            (Shared, Private, Some(false)),
        ] {
            let id = format!("{first:?} {second:?}");
            let (path, held) = mount(&store, &id, first).unwrap();
            assert!(path.join("filled").exists());
            let got = mount(&other, &id, second);
            assert_eq!(got.as_ref().map(|(other, _)| *other == path), expect, "{id}");
            drop((held, got));
            let (again, _held) = mount(&other, &id, second).unwrap();
            assert_eq!(again, path, "{id}: it is free again");
        }
        assert_ne!(mount(&store, "b", Shared).unwrap().0, mount(&store, "c", Shared).unwrap().0);
    }

    #[test]
    fn a_mount_that_cannot_be_filled_is_not_there() {
        let (_dir, store) = store();
        let fail = |_: &Path| Err(StoreError::Busy);
        assert!(store.cache_mount("a", MountSharing::Shared, || false, fail).is_err());
        let mut filled = false;
        let fill = |_: &Path| {
            filled = true;
            Ok::<(), StoreError>(())
        };
        store.cache_mount("a", MountSharing::Shared, || false, fill).unwrap().unwrap();
        assert!(filled);
    }
}
