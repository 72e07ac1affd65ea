//! Metadata of files: what an entry says, applied to a path, and read from one.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use image::{Entry, EntryKind};
use rustix::fs::{
    AtFlags, CWD, FileType, Gid, Mode, Timespec, Timestamps, UTIME_OMIT, Uid, XattrFlags, chmodat, chownat,
    lgetxattr, llistxattr, lsetxattr, makedev, mknodat, symlinkat, utimensat,
};
use rustix::io::Errno;

use crate::{Flavor, StoreError};

/// The most that one attribute or the list of names can have (Linux' own limits).
const MAX_XATTR: usize = 64 << 10;

/// Gives a file what its entry says: owner, mode, extended attributes, time. Symbolic links are not followed.
/// An owner that does not exist in this user namespace is passed over.
pub fn apply_metadata(path: &Path, entry: &Entry) -> Result<(), StoreError> {
    if matches!(entry.kind, EntryKind::Whiteout | EntryKind::Hardlink) {
        return Ok(());
    }
    apply(path, entry).map(drop).map_err(StoreError::io("set the metadata of", path))
}

/// The same; whether everything could be applied.
pub(crate) fn apply(path: &Path, entry: &Entry) -> io::Result<bool> {
    let owner = chownat(CWD, path, uid(entry.uid), gid(entry.gid), AtFlags::SYMLINK_NOFOLLOW);
    let mut whole = tolerate(owner)?;
    if entry.kind != EntryKind::Symlink {
        chmodat(CWD, path, Mode::from_raw_mode(entry.mode & 0o7777), AtFlags::empty())?;
    }
    for (name, value) in &entry.xattrs {
        let set = lsetxattr(path, name.as_slice(), value, XattrFlags::empty());
        whole &= tolerate(set)?;
    }
    Ok(utimensat(CWD, path, &stamp(entry), AtFlags::SYMLINK_NOFOLLOW).map(|()| whole)?)
}

/// The times of a file of an entry. The fraction of a second tells an undated one, so that it stays known as such where
/// a step copies or moves the file with its time.
fn stamp(entry: &Entry) -> Timestamps {
    let mut times = times(entry.mtime);
    times.last_modification.tv_nsec = i64::from(entry.undated);
    times
}

/// Whether a time was taken from a clock. Archives and servers state whole seconds; a clock never does.
pub(crate) const fn is_undated(nanoseconds: i64) -> bool {
    nanoseconds != 0
}

pub(crate) fn uid(number: u32) -> Option<Uid> {
    // The largest number means "unchanged" to the kernel.
    (number != u32::MAX).then(|| Uid::from_raw(number))
}

pub(crate) fn gid(number: u32) -> Option<Gid> {
    (number != u32::MAX).then(|| Gid::from_raw(number))
}

/// Passes over what a user namespace or the file system does not allow; whether it worked.
pub(crate) fn tolerate(result: Result<(), Errno>) -> io::Result<bool> {
    match result {
        Ok(()) => Ok(true),
        Err(Errno::PERM | Errno::INVAL | Errno::OPNOTSUPP | Errno::ACCESS) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

pub(crate) fn times(seconds: i64) -> Timestamps {
    Timestamps {
        last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
        last_modification: Timespec { tv_sec: seconds, tv_nsec: 0 },
    }
}

/// Makes what is not a regular file: directory, symbolic link, device, pipe, whiteout. Its metadata is not
/// applied. Device nodes that may not be made here are passed over.
pub fn make_special(path: &Path, entry: &Entry) -> Result<(), StoreError> {
    let made = match entry.kind {
        EntryKind::Dir | EntryKind::OpaqueDir => rustix::fs::mkdirat(CWD, path, Mode::from_raw_mode(0o755)),
        EntryKind::Symlink => symlinkat(entry.link.as_slice(), CWD, path),
        EntryKind::Whiteout => node(path, FileType::CharacterDevice, (0, 0)),
        EntryKind::Fifo => node(path, FileType::Fifo, (0, 0)),
        EntryKind::CharDevice => pass(node(path, FileType::CharacterDevice, entry.rdev)),
        EntryKind::BlockDevice => pass(node(path, FileType::BlockDevice, entry.rdev)),
        EntryKind::File | EntryKind::Hardlink => Err(Errno::INVAL),
    };
    made.map_err(StoreError::os("create", path))
}

fn node(path: &Path, kind: FileType, rdev: (u32, u32)) -> Result<(), Errno> {
    mknodat(CWD, path, kind, Mode::from_raw_mode(0o644), makedev(rdev.0, rdev.1))
}

fn pass(result: Result<(), Errno>) -> Result<(), Errno> {
    result.or_else(|error| if error == Errno::PERM { Ok(()) } else { Err(error) })
}

/// The extended attributes that belong to an image, sorted by name: `security.capability` and `user.*`, without
/// those of overlayfs. Symbolic links are not followed.
pub fn read_xattrs(path: &Path) -> io::Result<Vec<(Vec<u8>, Vec<u8>)>> {
    // Nearly no file has any, so that one call with a small buffer answers.
    let mut small = [0_u8; 256];
    let list = match llistxattr(path, &mut small[..]) {
        Ok(0) | Err(Errno::OPNOTSUPP) => return Ok(Vec::new()),
        Ok(len) => small[..len].to_vec(),
        Err(Errno::RANGE) => {
            let mut large = vec![0; MAX_XATTR];
            let len = llistxattr(path, &mut large[..])?;
            large.truncate(len);
            large
        }
        Err(error) => return Err(error.into()),
    };
    let mut out = Vec::new();
    for name in list.split(|byte| *byte == 0).filter(|name| belongs(name)) {
        let mut value = vec![0; MAX_XATTR];
        let len = lgetxattr(path, name, &mut value[..])?;
        value.truncate(len);
        out.push((name.to_vec(), value));
    }
    out.sort_unstable();
    Ok(out)
}

/// Whether an attribute is part of an image.
pub(crate) fn belongs(name: &[u8]) -> bool {
    let user = name.starts_with(b"user.") && !name.starts_with(b"user.overlay.");
    user || name == b"security.capability"
}

fn opaque_name(flavor: Flavor) -> &'static str {
    match flavor {
        Flavor::Root => "trusted.overlay.opaque",
        Flavor::User => "user.overlay.opaque",
    }
}

/// Makes a directory hide what is below it.
pub(crate) fn set_opaque(path: &Path, flavor: Flavor) -> io::Result<()> {
    Ok(lsetxattr(path, opaque_name(flavor), b"y", XattrFlags::empty())?)
}

/// Whether a directory hides what is below it.
pub(crate) fn is_opaque(path: &Path, flavor: Flavor) -> io::Result<bool> {
    let mut value = [0_u8; 4];
    match lgetxattr(path, opaque_name(flavor), &mut value[..]) {
        Ok(len) => Ok(value[..len] == *b"y"),
        Err(Errno::NODATA | Errno::OPNOTSUPP | Errno::RANGE) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Bytes as a path.
pub(crate) fn as_path(bytes: &[u8]) -> &Path {
    Path::new(std::ffi::OsStr::from_bytes(bytes))
}
