//! Tries what the kernel offers, in a process of its own that ends right after.

use std::os::fd::AsFd as _;

use rustix::fs::{Mode, OFlags, mkdirat, openat};
use rustix::mount::{MountAttrFlags, MountPropagationFlags, mount_change};

use crate::error::{Context as _, SandboxError};
use crate::overlay::{Layers, open_directory};
use crate::{fsmount, sys, userns};

/// Enters a user namespace unless this is root already, and mounts an overlay in memory there.
pub(crate) fn try_all() -> Result<(), SandboxError> {
    let root = rustix::process::geteuid().is_root();
    if root {
        sys::unshare(libc::CLONE_NEWNS).context("create mount namespace", "")?;
        let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
        mount_change("/", private).context("make mounts private", "/")?;
    } else {
        userns::enter_single_uid_namespace()?;
    }
    try_overlay(userns::is_nested().context("read", "/proc/self/uid_map")?)
}

fn try_overlay(nested: bool) -> Result<(), SandboxError> {
    let memory = fsmount::filesystem("tmpfs", &[], MountAttrFlags::empty()).context("mount", "tmpfs")?;
    // Overlayfs takes only what is attached; this process has no use for devices.
    fsmount::attach(&memory, open_directory("/dev".as_ref())?).context("mount", "tmpfs")?;
    let directory = |name: &str| {
        mkdirat(&memory, name, Mode::from_raw_mode(0o755))?;
        openat(memory.as_fd(), name, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
    };
    let (first, second) = (directory("first"), directory("second"));
    let lowers = vec![first.context("make directory", "")?, second.context("make directory", "")?];
    let staging = directory("staging").context("make directory", "")?;
    Layers::opened(lowers).mount(nested, &staging)?;
    Ok(())
}
