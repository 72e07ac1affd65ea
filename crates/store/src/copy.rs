//! Copies of files and trees, and digests of files.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use image::{Digest, Entry, EntryKind};
use kit::Hasher;
use rustix::fs::{copy_file_range, ioctl_ficlone};
use rustix::io::Errno;

use crate::meta::as_path;
use crate::tar_write::time_of;
use crate::{Merged, StoreError, apply_metadata, make_special};

/// Read at once when hashing.
const CHUNK: usize = 256 << 10;

/// Digest and size of a file's content.
pub fn hash_file(path: &Path) -> io::Result<(Digest, u64)> {
    hash_file_seen(path, &mut |_| {})
}

/// Digest and size of a file's content, which `see` is shown on the way.
pub fn hash_file_seen(path: &Path, see: &mut dyn FnMut(&[u8])) -> io::Result<(Digest, u64)> {
    let mut file = File::open(path)?;
    let expected = usize::try_from(file.metadata()?.len()).unwrap_or(CHUNK);
    // One byte more than the size lets a small file end within one buffer.
    let mut buffer = vec![0; (expected + 1).min(CHUNK)];
    let (mut hasher, mut size) = (Hasher::new(), 0);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok((hasher.finish(), size)),
            count => {
                hasher.update(&buffer[..count]);
                see(&buffer[..count]);
                size += count as u64;
            }
        }
    }
}

/// Copies the content of a file to a new file: as a reflink where the file system can, else within the kernel,
/// else by reading and writing. Metadata is left to [`apply_metadata`].
pub fn copy_file(source: &Path, target: &Path) -> Result<(), StoreError> {
    let from = File::open(source).map_err(StoreError::io("open", source))?;
    let to = File::create_new(target).map_err(StoreError::io("create", target))?;
    copy_open(&from, &to).map_err(StoreError::io("copy to", target))
}

pub(crate) fn copy_open(from: &File, to: &File) -> io::Result<()> {
    if from.metadata()?.len() == 0 {
        // Files of /proc and the like tell no size; a plain copy reads them all the same.
        return plain(from, to);
    }
    if ioctl_ficlone(to, from).is_ok() {
        return Ok(());
    }
    let mut copied = false;
    loop {
        match copy_file_range(from, None, to, None, 1 << 30) {
            Ok(0) => return Ok(()),
            Ok(_) => copied = true,
            Err(Errno::INTR) => {}
            Err(Errno::XDEV | Errno::NOSYS | Errno::OPNOTSUPP | Errno::INVAL | Errno::PERM) if !copied => {
                return plain(from, to);
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn plain(mut from: &File, mut to: &File) -> io::Result<()> {
    io::copy(&mut from, &mut to).map(drop)
}

/// Writes a part of a file system to a directory: what is below `path` into `target`, which is there, or a single
/// file as `target/<name>`. Files that are there already are replaced, directories are kept. Times are limited to
/// `epoch` as in an export.
pub fn copy_tree(tree: &Merged, path: &[u8], target: &Path, epoch: Option<i64>) -> Result<(), StoreError> {
    let Some(path) = tree.resolve(path, true).found() else {
        return Err(StoreError::missing(format!("`/{}`", image::path_to_string(path))));
    };
    let is_dir = tree.get(&path).is_none_or(|entry| entry.kind.is_dir());
    let cut = match (is_dir, path.is_empty()) {
        (true, true) => 0,
        (true, false) => path.len() + 1,
        (false, _) => path.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1),
    };
    let below = tree.under(&path);
    let single = tree.position(&path).filter(|_| !is_dir);
    let copy = Copying { tree, base: &path, cut, target, epoch };
    for at in below.clone().chain(single) {
        copy.entry(at)?;
    }
    for at in below.rev().filter(|at| tree.at(*at).kind.is_dir()) {
        let entry = tree.at(at);
        copy.metadata(&target.join(as_path(&entry.path[cut..])), entry)?;
    }
    Ok(())
}

/// A copy of a part of a file system.
struct Copying<'a> {
    tree: &'a Merged,
    /// The part.
    base: &'a [u8],
    /// Bytes of paths that are left out in the copy.
    cut: usize,
    target: &'a Path,
    epoch: Option<i64>,
}

impl Copying<'_> {
    fn metadata(&self, path: &Path, entry: &Entry) -> Result<(), StoreError> {
        let undated = entry.undated && self.epoch.is_none();
        apply_metadata(path, &Entry { mtime: time_of(entry, self.epoch), undated, ..entry.clone() })
    }

    fn entry(&self, at: usize) -> Result<(), StoreError> {
        let Self { tree, base, cut, target, .. } = *self;
        let entry = tree.at(at);
        let to = &target.join(as_path(&entry.path[cut..]));
        let found = fs::symlink_metadata(to).ok();
        if entry.kind.is_dir() {
            if found.as_ref().is_some_and(fs::Metadata::is_dir) {
                return Ok(());
            }
            remove_file(to, found.is_some())?;
            return make_special(to, entry);
        }
        if found.as_ref().is_some_and(fs::Metadata::is_dir) {
            fs::remove_dir_all(to).map_err(StoreError::io("replace", to))?;
        } else {
            remove_file(to, found.is_some())?;
        }
        match entry.kind {
            EntryKind::File => copy_file(&tree.content_path_at(at), to)?,
            EntryKind::Hardlink => {
                let inside = base.is_empty() || entry.link.starts_with(&[base, b"/"].concat());
                let first = target.join(as_path(entry.link.get(cut..).unwrap_or_default()));
                if inside && fs::hard_link(&first, to).is_ok() {
                    return Ok(());
                }
                copy_file(&tree.content_path_at(at), to)?;
                let original = tree.get(&entry.link).unwrap_or(entry);
                return self.metadata(to, original);
            }
            _ => {
                make_special(to, entry)?;
                if fs::symlink_metadata(to).is_err() {
                    // A device node that could not be made has no metadata either.
                    return Ok(());
                }
            }
        }
        self.metadata(to, entry)
    }
}

fn remove_file(path: &Path, there: bool) -> Result<(), StoreError> {
    if !there {
        return Ok(());
    }
    fs::remove_file(path).map_err(StoreError::io("replace", path))
}

/// Device and inode of a file with several names.
pub(crate) fn shared_inode(found: &fs::Metadata) -> Option<(u64, u64)> {
    (found.nlink() > 1 && !found.is_dir()).then(|| (found.dev(), found.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_the_same_digest_and_an_existing_target_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        let content: Vec<u8> = (0..1_000_000_u32).flat_map(u32::to_le_bytes).collect();
        fs::write(&a, &content).unwrap();
        copy_file(&a, &b).unwrap();
        assert_eq!(hash_file(&b).unwrap(), (Digest::of(&content), content.len() as u64));
        assert!(copy_file(&a, &b).is_err());
        fs::write(&a, b"").unwrap();
        assert_eq!(hash_file(&a).unwrap(), (Digest::of(b""), 0));
    }
}
