//! Files that are there whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes `bytes` to `path` through a temporary file in the same folder, synced and then renamed over
/// `path`, so that a reader or a crash sees the old content or the new, never a part.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_like(path, |file| file.write_all(bytes).and_then(|()| file.sync_data()))
}

/// The same without the wait for the disk: after a crash of the machine the file may be empty, for whoever can do without it.
pub fn write_atomic_soon(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_like(path, |file| file.write_all(bytes))
}

/// Replaces the content of a file that exists, in the same way but without the wait for the disk, which would be most
/// of the time when many sources are changed. It keeps its permissions and, where this process may say so, its owner. A
/// symbolic link stays one: the file it leads to is replaced. A file that nobody may write to is left alone.
pub fn replace_atomic(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let old = fs::metadata(&path)?;
    if !old.is_file() {
        return Err(io::Error::other("this is no regular file"));
    }
    if old.permissions().readonly() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the file is read-only"));
    }
    write_like(&path, |file| {
        // Only root may give a file away; for others the new owner is the one who asked for the change.
        let _ = fchown(&*file, Some(old.uid()), Some(old.gid()));
        file.set_permissions(old.permissions())?;
        file.write_all(bytes)
    })
}

fn write_like(path: &Path, fill: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = path.file_name().ok_or_else(|| io::Error::other("a path without a file name"))?;
    let temporary =
        path.with_file_name(format!(".{}.{}.{count}", name.to_string_lossy(), std::process::id()));
    let filled = File::create(&temporary).and_then(|mut file| fill(&mut file));
    let result = filled.and_then(|()| fs::rename(&temporary, path));
    if result.is_err() {
        // The error that matters is the first one; a leftover temporary file is harmless.
        let _ = fs::remove_file(&temporary);
    }
    result
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_new_content_replaces_the_old_and_leaves_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        write_atomic(&path, b"one").unwrap();
        write_atomic(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_replaced_file_keeps_its_mode_and_a_link_to_it_stays() {
        let dir = tempfile::tempdir().unwrap();
        let (path, link) = (dir.path().join("a"), dir.path().join("b"));
        fs::write(&path, "one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("a", &link).unwrap();
        replace_atomic(&link, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o640);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[test]
    fn what_cannot_be_replaced_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        assert!(replace_atomic(&path, b"x").is_err());
        assert!(replace_atomic(dir.path(), b"x").is_err());
        fs::write(&path, "one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        assert_eq!(replace_atomic(&path, b"x").unwrap_err().kind(), io::ErrorKind::PermissionDenied);
        assert_eq!(fs::read(&path).unwrap(), b"one");
    }
}
