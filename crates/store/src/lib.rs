//! The content store: blobs, unpacked layers with their index, images, cache records, locks, collection.
//!
//! ```text
//! ROOT
//! ├─ oci-layout, index.json      the root is itself an OCI image layout that other tools read
//! ├─ blobs/sha256/<hex>          blobs by digest
//! ├─ images/<hex of name>        one record per name: name and descriptor; `images.lock` beside
//! ├─ referrers/<hex of digest>/  what is said of a manifest: descriptors of manifests whose subject it is
//! ├─ bases/<hex of name>         the same for images that builds have fetched, which are cache
//! ├─ layers/<hex of id>/
//! │   ├─ fs/                     the layer's files, usable as a lower directory of overlayfs
//! │   ├─ index                   its sorted entries (binary, with a checksum)
//! │   ├─ meta.json               where it comes from, how large it is
//! │   └─ export-*                blobs that were made of it
//! ├─ diffs/<hex of diffID>       the id of the layer that was exported under this diffID
//! ├─ cache/<2 hex>/<hex>         cache records
//! ├─ mounts/<hex of id>/<n>/     cache mounts, `<hex>.<n>.lock` beside
//! ├─ contexts/                   what `stat` said of the files of contexts
//! ├─ git/                        repositories that were fetched from
//! ├─ tmp/<process>/              everything in the making, held by `<process>.lock`
//! ├─ flavor                      `root` or `user`
//! ├─ gc.lock                     held alone by a collection; see [`Store::gc`]
//! ├─ logs/                       what the last failed steps printed
//! ├─ local.key                   random bytes; what is remembered of lent values is hashed with them
//! └─ lock                        held by everybody who has the store open
//! ```
//!
//! Everything is made in `tmp` and published by one rename, so a killed process leaves nothing half-made, only a
//! directory in `tmp` whose lock is free and that the next writer removes. Blobs are synced to disk before they
//! are published; the files of a layer are not, so a power cut (not a kill) can damage a layer that was made in
//! the seconds before. [`Store::verify`] finds such a layer.
//!
//! The id of a layer that came from outside is its diffID. The id of a layer that was made here is the digest of
//! its index without times ([`Index::identity`]); its tar and diffID are made when they are asked for.

mod adopt;
mod archive;
mod blobs;
mod cache;
mod clerk;
mod codec;
mod compress;
mod copy;
mod error;
mod export;
mod follow;
mod gc;
mod growth;
mod images;
mod index;
mod layer;
mod layer_tar;
pub mod layout;
mod links;
mod lock;
mod lru;
mod merged;
mod meta;
mod parallel;
mod pins;
mod referrers;
mod revive;
mod tar_write;
#[cfg(test)]
mod test_support;
#[cfg(test)]
mod tests;
mod unpack;
mod upper;
mod usage;
mod verify;
mod work;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

pub use archive::{is_tar, is_tar_file, unpack_archive};
pub use blobs::{BlobReader, BlobWriter};
pub use cache::{MountLock, MountSharing};
pub use compress::Compression;
pub use copy::{copy_file, copy_tree, hash_file, hash_file_seen};
pub use error::StoreError;
pub use export::{ExportOptions, ExportWatch, Exported, TarTimes};
pub use follow::{Follow, FollowReader, Reach};
pub use gc::{GcOptions, GcReport};
pub use image::Digest;
pub use images::ImageRecord;
pub use index::Index;
pub use layer::{Layer, LayerId, LayerMeta, lower_dirs};
pub use layer_tar::LayerTar;
pub use merged::{Merged, Resolved};
pub use meta::{apply_metadata, make_special, read_xattrs};
pub use revive::Times;
pub use unpack::{TarHeader, TarKind, decompress};
pub use upper::{HashFile, scan_upper};
pub use usage::Usage;
pub use verify::{Problem, VerifyReport};
pub use work::Work;

pub use lock::spread;
use lock::{FileLock, Session};

/// How the files of layers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavor {
    /// As root of the machine: `trusted.*` attributes, device nodes.
    Root,
    /// In a user namespace: `user.overlay.*` attributes, no device nodes.
    User,
}

impl Flavor {
    const fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::User => "user",
        }
    }
}

/// An open store. Clones share the same lock; other processes may have the store open at the same time.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    flavor: Flavor,
    session: OnceLock<Session>,
    beginning: Mutex<()>,
    indexes: Mutex<BTreeMap<LayerId, Arc<Index>>>,
    pins: Mutex<pins::Pins>,
    /// Last, so that it is freed after the session has cleaned up.
    _lock: FileLock,
}

const DIRS: &[&str] = &["blobs/sha256", "images", "bases", "layers", "diffs", "cache", "mounts", "tmp"];
/// The files without which a store is made again.
const FILES: &[&str] = &["oci-layout", "flavor"];
const OCI_LAYOUT: &str = r#"{"imageLayoutVersion":"1.0.0"}"#;

impl Store {
    /// Opens the store at `root` and makes it when it is not there. Holds a shared lock until the last clone is
    /// dropped.
    pub fn open(root: &Path, flavor: Flavor) -> Result<Self, StoreError> {
        let root = std::path::absolute(root).map_err(StoreError::io("find", root))?;
        if !FILES.iter().all(|name| is_written(&root.join(name))) {
            create(&root, flavor)?;
        }
        let lock = FileLock::wait(&root.join("lock"), true)?;
        let path = root.join("flavor");
        let made_for = fs::read_to_string(&path).map_err(StoreError::io("read", &path))?;
        if made_for.trim() != flavor.name() {
            return Err(StoreError::Flavor { root, made_for: made_for.trim().to_owned() });
        }
        Ok(Self {
            inner: Arc::new(Inner {
                root,
                flavor,
                session: OnceLock::new(),
                beginning: Mutex::new(()),
                indexes: Mutex::default(),
                pins: Mutex::default(),
                _lock: lock,
            }),
        })
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.inner.root
    }

    /// Random bytes that are of this store alone, made when they are first asked for.
    pub fn local_key(&self) -> Result<kit::Redacted<[u8; 32]>, StoreError> {
        let path = self.root().join("local.key");
        let read = || fs::read(&path).ok().and_then(|bytes| bytes.try_into().ok());
        if let Some(key) = read() {
            return Ok(kit::Redacted::new(key));
        }
        let mut key = [0; 32];
        let random = Path::new("/dev/urandom");
        let mut source = fs::File::open(random).map_err(StoreError::io("open", random))?;
        std::io::Read::read_exact(&mut source, &mut key).map_err(StoreError::io("read", random))?;
        let made = self.fresh()?;
        fs::write(&made, key).map_err(StoreError::io("write", &made))?;
        fs::set_permissions(&made, fs::Permissions::from_mode(0o600))
            .map_err(StoreError::io("set the mode of", &made))?;
        // The first of several processes wins, unless what is there is no key.
        if fs::hard_link(&made, &path).is_err() && read().is_none() {
            fs::rename(&made, &path).map_err(StoreError::io("publish", &path))?;
        }
        let _ = fs::remove_file(&made);
        Ok(kit::Redacted::new(read().unwrap_or(key)))
    }

    /// How its layers are written.
    pub fn flavor(&self) -> Flavor {
        self.inner.flavor
    }

    /// A path in the temporary directory of this process that nothing has yet.
    pub(crate) fn fresh(&self) -> Result<PathBuf, StoreError> {
        Ok(self.session()?.fresh())
    }

    /// An empty directory that is there as long as this store is open.
    pub fn scratch_dir(&self) -> Result<PathBuf, StoreError> {
        let path = self.fresh()?;
        fs::create_dir(&path).map_err(StoreError::io("create", &path))?;
        Ok(path)
    }

    /// A file without a name, for bytes that are too many for memory.
    pub fn scratch_file(&self) -> Result<fs::File, StoreError> {
        let path = self.fresh()?;
        let mut options = fs::File::options();
        let file = options.read(true).write(true).create_new(true).open(&path);
        let file = file.map_err(StoreError::io("create", &path))?;
        fs::remove_file(&path).map_err(StoreError::io("remove", &path))?;
        Ok(file)
    }

    /// Takes back the directory of a work that is over.
    pub(crate) fn recycle(&self, dir: PathBuf) {
        if let Some(session) = self.inner.session.get() {
            session.recycle(dir);
        }
    }

    pub(crate) fn session(&self) -> Result<&Session, StoreError> {
        if let Some(session) = self.inner.session.get() {
            return Ok(session);
        }
        let _one = self.inner.beginning.lock().unwrap_or_else(PoisonError::into_inner);
        if self.inner.session.get().is_none() {
            let made = Session::begin(&self.root().join("tmp"))?;
            // Nobody else sets it, as the mutex is held.
            let _ = self.inner.session.set(made);
        }
        self.inner.session.get().ok_or(StoreError::Busy)
    }

    /// Writes a small file of the store: the old content or the new is seen, never a part.
    pub(crate) fn write_small(&self, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        clerk::place(&self.fresh()?, path, bytes)
    }

    /// Waits until all records are written; fails with what went wrong. Without it they are when the store is closed.
    pub fn settle(&self) -> Result<(), StoreError> {
        self.inner.session.get().map_or(Ok(()), Session::settle)
    }
}

/// A file of a new store is not waited for on its way to the disk: a crash of the machine may leave an empty one, which is made
/// again.
fn is_written(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.len() > 0)
}

/// Makes the directories, and the files that are not there.
fn create(root: &Path, flavor: Flavor) -> Result<(), StoreError> {
    fs::create_dir_all(root).map_err(StoreError::io("create the store directory", root))?;
    // Layers have set-user-id programs and device nodes, which nobody else on this machine may reach.
    fs::set_permissions(root, fs::Permissions::from_mode(0o700))
        .map_err(StoreError::io("protect the store directory", root))?;
    for dir in DIRS {
        let path = root.join(dir);
        fs::create_dir_all(&path).map_err(StoreError::io("create the store directory", &path))?;
    }
    let write = |name: &str, text: &str| {
        let path = root.join(name);
        if is_written(&path) {
            return Ok(());
        }
        kit::write_atomic_soon(&path, text.as_bytes()).map_err(StoreError::io("write", &path))
    };
    write("flavor", flavor.name())?;
    write("index.json", &images::empty_index())?;
    write("oci-layout", OCI_LAYOUT)
}

/// The value of a mutex even when another thread panicked: what is kept in them stays consistent between calls.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
