//! Removes the mount points that were made for a step from its changes, so that they do not end up in a layer.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags, Timespec, Timestamps, UTIME_OMIT, fstat, futimens,
    openat, openat2, statat, unlinkat,
};
use rustix::io::Errno;

use crate::target::{Created, Stamp, Time};

/// Removes what is still empty and gives its directories their modification times back, except where the step
/// changed them itself; then the directories that are there only because of that. What cannot be removed any
/// more (renamed, filled) is the step's own and stays.
pub(crate) fn remove_mountpoints(upper: &Path, created: &[Created]) {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let Ok(upper) = openat(CWD, upper, flags, Mode::empty()) else { return };
    let untouched = untouched_copies(&upper, created);
    for one in created.iter().rev() {
        // A failure means that the step has put something else in this place.
        let _ = remove(&upper, one);
    }
    for path in untouched {
        // A failure means that there is something in it after all.
        let _ = remove_copy(&upper, path);
    }
}

/// The directories that were copied into the changes to hold mount points and that the step did not touch,
/// inner ones first.
fn untouched_copies<'a>(upper: &OwnedFd, created: &'a [Created]) -> Vec<&'a str> {
    // Later stamps replace earlier ones, which other mount points have outdated.
    let stamps: BTreeMap<&str, &Stamp> =
        created.iter().flat_map(|one| &one.copied).map(|copy| (copy.path.as_str(), &copy.stamp)).collect();
    let untouched =
        stamps.into_iter().filter(|(path, stamp)| Stamp::of(upper, path).as_ref() == Some(*stamp));
    untouched.map(|(path, _)| path).rev().collect()
}

fn remove_copy(upper: &OwnedFd, path: &str) -> Result<(), Errno> {
    let (parent, name) = path.rsplit_once('/').unwrap_or((".", path));
    let directory = open_inside(upper, parent)?;
    let before = modified(&directory)?;
    unlinkat(&directory, name, AtFlags::REMOVEDIR)?;
    set_modified(&directory, before)
}

/// Opens a directory of the changes; links are not followed.
fn open_inside(upper: &OwnedFd, path: &str) -> Result<OwnedFd, Errno> {
    let relative = path.trim_start_matches('/');
    let path = if relative.is_empty() { "." } else { relative };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    openat2(upper, path, flags, Mode::empty(), ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS)
}

fn remove(upper: &OwnedFd, one: &Created) -> Result<(), Errno> {
    let directory = open_inside(upper, &one.parent)?;
    let name = one.path.rsplit('/').next().unwrap_or_default();
    let now = modified(&directory)?;
    if one.directory {
        unlinkat(&directory, name, AtFlags::REMOVEDIR)?;
    } else {
        let found = statat(&directory, name, AtFlags::SYMLINK_NOFOLLOW)?;
        if FileType::from_raw_mode(found.st_mode) != FileType::RegularFile || found.st_size != 0 {
            return Ok(());
        }
        unlinkat(&directory, name, AtFlags::empty())?;
    }
    set_modified(&directory, if now == one.after { one.before } else { now })
}

fn modified(directory: &OwnedFd) -> Result<Time, Errno> {
    let found = fstat(directory)?;
    Ok((found.st_mtime, u32::try_from(found.st_mtime_nsec).unwrap_or_default()))
}

fn set_modified(directory: &OwnedFd, (seconds, nanoseconds): Time) -> Result<(), Errno> {
    let last_access = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT };
    let last_modification = Timespec { tv_sec: seconds, tv_nsec: nanoseconds.into() };
    futimens(directory, &Timestamps { last_access, last_modification })
}
