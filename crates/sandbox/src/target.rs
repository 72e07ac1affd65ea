//! Finds mount points inside the new root, and makes those that are missing. Paths are resolved by the kernel
//! with the root as limit, so links in an image cannot lead out of it.

use std::collections::BTreeSet;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, ResolveFlags, StatxFlags, mkdirat, openat, openat2, readlinkat, statat,
    statx,
};
use rustix::io::Errno;

use crate::fsmount;
use crate::wire::{Wire, wire_struct};

/// Links followed while making a mount point, as many as the kernel would.
const MAX_LINKS: u32 = 40;

/// A modification time: seconds and nanoseconds.
pub(crate) type Time = (i64, u32);

/// A mount point that was made, and what is needed to undo it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Created {
    /// Absolute path in the root, without links.
    pub(crate) path: String,
    /// The directory it was made in.
    pub(crate) parent: String,
    /// A directory, else an empty file.
    pub(crate) directory: bool,
    /// Modification time of the parent before it was made.
    pub(crate) before: Time,
    /// The same afterwards: when it is still so at the end, the step itself did not change the parent.
    pub(crate) after: Time,
    /// Directories that overlayfs copied into the changes only to hold this.
    pub(crate) copied: Vec<Copied>,
}

/// A directory of a lower layer that was copied into the changes, as it was then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Copied {
    /// Path relative to the root.
    pub(crate) path: String,
    /// What it looked like: as long as it does, the step did not touch it.
    pub(crate) stamp: Stamp,
}

/// What changes when a directory is touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stamp {
    mode: u32,
    owner: (u32, u32),
    modified: Time,
    changed: Time,
}

wire_struct! {
    Created { path, parent, directory, before, after, copied }
    Copied { path, stamp }
    Stamp { mode, owner, modified, changed }
}

impl Stamp {
    /// The stamp of a directory of the changes, if it is there.
    pub(crate) fn of(upper: &OwnedFd, path: &str) -> Option<Self> {
        let found = statat(upper, path, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        let nanoseconds = |value| u32::try_from(value).unwrap_or_default();
        Some(Self {
            mode: found.st_mode,
            owner: (found.st_uid, found.st_gid),
            modified: (found.st_mtime, nanoseconds(found.st_mtime_nsec)),
            changed: (found.st_ctime, nanoseconds(found.st_ctime_nsec)),
        })
    }
}

/// What a mount point has to be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A directory.
    Directory,
    /// A file.
    File,
}

/// The new root, attached but not yet entered.
pub(crate) struct Tree {
    root: OwnedFd,
    /// Where the root is attached, as `/proc` shows it.
    prefix: PathBuf,
    mount_id: u64,
    /// The directory of the changes itself, when the root is an overlay.
    upper: Option<OwnedFd>,
    /// Directories that came into the changes only through mount points, relative to the root.
    copied: BTreeSet<String>,
    created: Vec<Created>,
}

impl Tree {
    /// Takes an attached root, and the directory of its changes when it is an overlay.
    pub(crate) fn new(root: OwnedFd, upper: Option<OwnedFd>) -> Result<Self, Errno> {
        let prefix = real_path(&root)?;
        let mount_id = statx(&root, "", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID)?.stx_mnt_id;
        Ok(Self { root, prefix, mount_id, upper, copied: BTreeSet::new(), created: Vec::new() })
    }

    /// The root's directory.
    pub(crate) const fn root(&self) -> &OwnedFd {
        &self.root
    }

    /// What was made in the root file system itself to be mounted on, in order.
    pub(crate) fn take_created(&mut self) -> Vec<Created> {
        std::mem::take(&mut self.created)
    }

    /// Opens a place inside the root, to be mounted on.
    pub(crate) fn open(&self, path: &str) -> Result<OwnedFd, Errno> {
        let relative = path.trim_start_matches('/');
        let path = if relative.is_empty() { "." } else { relative };
        openat2(&self.root, path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), ResolveFlags::IN_ROOT)
    }

    /// Opens a place inside the root, and makes it (with its parents) when it does not exist.
    pub(crate) fn ensure(&mut self, path: &str, shape: Shape) -> Result<OwnedFd, Errno> {
        self.ensure_within(&clean(path), shape, MAX_LINKS)
    }

    /// As `ensure`, for what is to stay in the image.
    pub(crate) fn keep(&mut self, path: &str, shape: Shape) -> Result<OwnedFd, Errno> {
        let mount_points = self.created.len();
        let made = self.ensure(path, shape);
        self.created.truncate(mount_points);
        made
    }

    fn ensure_within(&mut self, path: &str, shape: Shape, links: u32) -> Result<OwnedFd, Errno> {
        match self.open(path) {
            Err(Errno::NOENT) => {}
            found => return found,
        }
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        let directory = self.ensure_within(parent, Shape::Directory, links)?;
        match self.make(&directory, name, shape) {
            // Something is there that leads nowhere: a dangling link, whose end is made instead.
            Err(Errno::EXIST) if links > 0 => {
                let link = readlinkat(&directory, name, Vec::new())?;
                let link = link.to_str().map_err(|_| Errno::ILSEQ)?.to_owned();
                let end =
                    if link.starts_with('/') { clean(&link) } else { clean(&format!("{parent}/{link}")) };
                return self.ensure_within(&end, shape, links - 1);
            }
            made => made?,
        }
        openat(&directory, name, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
    }

    fn make(&mut self, directory: &OwnedFd, name: &str, shape: Shape) -> Result<(), Errno> {
        let (mount_id, before) = look(directory)?;
        // What is made inside another mount (a cache, a tmpfs) does not belong to the image.
        if mount_id != self.mount_id {
            return make(directory, name, shape);
        }
        let parent = self.inner_path(directory)?;
        self.note_copies(&parent);
        make(directory, name, shape)?;
        let (_, after) = look(directory)?;
        let path = format!("{}/{name}", parent.trim_end_matches('/'));
        let copied = self.copies(&parent);
        self.created.push(Created {
            path,
            parent,
            directory: shape == Shape::Directory,
            before,
            after,
            copied,
        });
        Ok(())
    }

    /// Remembers which directories making something in `parent` will copy into the changes.
    fn note_copies(&mut self, parent: &str) {
        let Some(upper) = &self.upper else { return };
        let missing = ancestors(parent).filter(|path| Stamp::of(upper, path).is_none());
        self.copied.extend(missing.map(str::to_owned));
    }

    /// The copied directories on the way to `parent`, as they are now.
    fn copies(&self, parent: &str) -> Vec<Copied> {
        let Some(upper) = &self.upper else { return Vec::new() };
        let copied = ancestors(parent).filter(|path| self.copied.contains(*path));
        copied
            .filter_map(|path| Some(Copied { path: path.to_owned(), stamp: Stamp::of(upper, path)? }))
            .collect()
    }

    /// The path of an open directory as seen from inside the root.
    fn inner_path(&self, directory: &OwnedFd) -> Result<String, Errno> {
        let path = real_path(directory)?;
        let inner = path.strip_prefix(&self.prefix).map_err(|_| Errno::XDEV)?;
        Ok(format!("/{}", inner.to_str().ok_or(Errno::ILSEQ)?))
    }
}

fn make(directory: &OwnedFd, name: &str, shape: Shape) -> Result<(), Errno> {
    if shape == Shape::Directory {
        return mkdirat(directory, name, Mode::from_raw_mode(0o755));
    }
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
    openat(directory, name, flags, Mode::from_raw_mode(0o644)).map(drop)
}

/// A directory and those above it up to but without the root, relative to the root.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    let path = path.trim_start_matches('/');
    let first = (!path.is_empty()).then_some(path);
    std::iter::successors(first, |path| path.rsplit_once('/').map(|(parent, _)| parent))
}

/// Mount and modification time of a directory.
fn look(directory: &OwnedFd) -> Result<(u64, Time), Errno> {
    let found = statx(directory, "", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID | StatxFlags::MTIME)?;
    Ok((found.stx_mnt_id, (found.stx_mtime.tv_sec, found.stx_mtime.tv_nsec)))
}

/// Where an open file is, as the kernel shows it.
fn real_path(file: &OwnedFd) -> Result<PathBuf, Errno> {
    let link = rustix::fs::readlink(fsmount::descriptor_path(file), Vec::new())?;
    Ok(Path::new(link.to_str().map_err(|_| Errno::ILSEQ)?).to_owned())
}

/// Resolves `.`, `..` and doubled slashes; the result is empty for the root, else starts with a slash.
pub(crate) fn clean(path: &str) -> String {
    let path = kit::absolute_path("/", path);
    if path == "/" { String::new() } else { path }
}

/// Whether an open file is a directory.
pub(crate) fn shape_of(file: &OwnedFd) -> Result<Shape, Errno> {
    let found = rustix::fs::fstat(file.as_fd())?;
    let directory = FileType::from_raw_mode(found.st_mode) == FileType::Directory;
    Ok(if directory { Shape::Directory } else { Shape::File })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_within_the_root() {
        let check = |path: &str, expect: &str| assert_eq!(clean(path), expect, "{path}");
        check("/", "");
        check("", "");
        check("/run/secrets/x", "/run/secrets/x");
        check("run//secrets/./x/", "/run/secrets/x");
        check("/a/../../b", "/b");
    }

    #[test]
    fn ancestors_end_below_the_root() {
        let check =
            |path: &str, expect: &[&str]| assert_eq!(ancestors(path).collect::<Vec<_>>(), expect, "{path}");
        check("/", &[]);
        check("/etc", &["etc"]);
        check("/srv/app/x", &["srv/app/x", "srv/app", "srv"]);
    }
}
