//! A layer in the making.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::{Store, StoreError};

/// What overlayfs works in.
const OVERLAY: &str = "work";

/// A directory in which a layer is made; removed when dropped without a commit.
#[derive(Debug)]
pub struct Work {
    dir: PathBuf,
    /// Keeps the lock that holds the directory.
    store: Store,
}

impl Store {
    /// Makes a directory for a new layer.
    pub fn work(&self) -> Result<Work, StoreError> {
        let session = self.session()?;
        let dir = session.recycled().unwrap_or_else(|| session.fresh());
        let work = Work { dir, store: self.clone() };
        for dir in [work.fs(), work.overlay_work()] {
            fs::create_dir_all(&dir).map_err(StoreError::io("create", &dir))?;
        }
        // The umask of the process must not show in the root directory of a layer.
        fs::set_permissions(work.fs(), Permissions::from_mode(0o755))
            .map_err(StoreError::io("set the mode of", &work.fs()))?;
        Ok(work)
    }
}

impl Work {
    /// The whole directory.
    pub fn path(&self) -> &Path {
        &self.dir
    }

    /// The files of the layer: the upper directory of an overlay.
    pub fn fs(&self) -> PathBuf {
        self.layer_dir().join("fs")
    }

    /// What overlayfs calls the work directory, on the same file system.
    pub fn overlay_work(&self) -> PathBuf {
        self.dir.join(OVERLAY)
    }

    /// A place for throw-away files; not made yet.
    pub fn extra(&self) -> PathBuf {
        self.dir.join("extra")
    }

    /// Removes what is in the directory of a work that is over, but for the empty directory for overlayfs.
    pub(crate) fn clean(dir: &Path) -> std::io::Result<()> {
        for entry in fs::read_dir(dir)? {
            let path = entry?.path();
            if path == dir.join(OVERLAY) { Self::clean(&path)? } else { remove(&path)? }
        }
        Ok(())
    }

    /// What is renamed into the store by a commit.
    pub(crate) fn layer_dir(&self) -> PathBuf {
        self.dir.join("layer")
    }
}

fn remove(path: &Path) -> std::io::Result<()> {
    if path.symlink_metadata()?.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.store.recycle(std::mem::take(&mut self.dir));
    }
}
