//! The kernel's descriptor-based mount interface (Linux 5.2 and 5.12): a mount is made, adjusted and only then
//! attached, and every place is named by an open descriptor, so no path can be swapped in between.

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MoveMountFlags, OpenTreeFlags, fsconfig_create,
    fsconfig_set_flag, fsconfig_set_string, fsmount, fsopen, move_mount, open_tree,
};

use crate::sys;

/// No set-user-id bits and no devices.
pub(crate) const NOSUID_NODEV: MountAttrFlags =
    MountAttrFlags::MOUNT_ATTR_NOSUID.union(MountAttrFlags::MOUNT_ATTR_NODEV);
/// The same, and no programs.
pub(crate) const DATA_ONLY: MountAttrFlags = NOSUID_NODEV.union(MountAttrFlags::MOUNT_ATTR_NOEXEC);
/// The same, and read-only.
pub(crate) const FIXED_DATA: MountAttrFlags = DATA_ONLY.union(MountAttrFlags::MOUNT_ATTR_RDONLY);

/// A file system that is being configured.
pub(crate) struct NewFilesystem(OwnedFd);

impl NewFilesystem {
    /// Starts a file system of this kind.
    pub(crate) fn open(kind: &str) -> Result<Self, Errno> {
        fsopen(kind, FsOpenFlags::FSOPEN_CLOEXEC).map(Self)
    }

    /// Sets an option; values are limited to 255 bytes by the kernel.
    pub(crate) fn set(&self, key: &str, value: &str) -> Result<(), Errno> {
        fsconfig_set_string(self.0.as_fd(), key, value)
    }

    /// Sets an option without a value.
    pub(crate) fn set_flag(&self, key: &str) -> Result<(), Errno> {
        fsconfig_set_flag(self.0.as_fd(), key)
    }

    /// Makes the mount, attached nowhere.
    pub(crate) fn mount(&self, attributes: MountAttrFlags) -> Result<OwnedFd, Errno> {
        fsconfig_create(self.0.as_fd())?;
        fsmount(self.0.as_fd(), FsMountFlags::FSMOUNT_CLOEXEC, attributes)
    }

    /// What the kernel says about the last failure; empty when it says nothing.
    pub(crate) fn complaint(&self) -> String {
        let mut buffer = [0; 256];
        let mut text = String::new();
        while let Ok(count @ 1..) = rustix::io::read(&self.0, &mut buffer) {
            // Each message starts with its severity and a blank.
            let message = buffer[..count].get(2..).unwrap_or_default();
            let separator = if text.is_empty() { "" } else { "; " };
            text = format!("{text}{separator}{}", String::from_utf8_lossy(message).trim_end());
        }
        text
    }
}

/// A mount of a file system that needs only options with values.
pub(crate) fn filesystem(
    kind: &str,
    options: &[(&str, &str)],
    attributes: MountAttrFlags,
) -> Result<OwnedFd, Errno> {
    let new = NewFilesystem::open(kind)?;
    options.iter().try_for_each(|(key, value)| new.set(key, value))?;
    new.mount(attributes)
}

/// A private copy of what is mounted at a place, attached nowhere; with `below`, of the mounts below it too.
pub(crate) fn copy_of(directory: impl AsFd, path: impl AsRef<OsStr>, below: bool) -> Result<OwnedFd, Errno> {
    let mut flags =
        OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_EMPTY_PATH;
    flags.set(OpenTreeFlags::AT_RECURSIVE, below);
    open_tree(directory.as_fd(), path.as_ref(), flags)
}

/// Attaches a mount on an open file or directory.
pub(crate) fn attach(mount: impl AsFd, at: impl AsFd) -> Result<(), Errno> {
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    move_mount(mount.as_fd(), "", at.as_fd(), "", flags)
}

/// Makes a mount, and those below it with `below`, read-only.
pub(crate) fn make_readonly(mount: BorrowedFd<'_>, below: bool) -> io::Result<()> {
    restrict(mount, MountAttrFlags::MOUNT_ATTR_RDONLY, below)
}

/// Adds restrictions to a mount, and to those below it with `below`.
pub(crate) fn restrict(mount: BorrowedFd<'_>, flags: MountAttrFlags, below: bool) -> io::Result<()> {
    sys::set_mount_flags(mount, flags.bits().into(), below)
}

/// A path, short whatever the length of the real one, that leads to an open file of this process.
pub(crate) fn descriptor_path(file: impl AsFd) -> String {
    format!("/proc/self/fd/{}", file.as_fd().as_raw_fd())
}
