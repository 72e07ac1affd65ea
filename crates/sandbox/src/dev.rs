//! The `/dev` of a step: a file system in memory with the few devices that programs expect.

use std::os::fd::{AsFd as _, OwnedFd};

use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, chmodat, makedev, mkdirat, mknodat, openat, symlinkat,
};
use rustix::io::Errno;
use rustix::mount::MountAttrFlags;

use crate::error::{Context as _, SandboxError};
use crate::fsmount::{self, DATA_ONLY, NewFilesystem};
use crate::spec::Security;
use crate::target::{Shape, Tree};

/// Character devices: name, major and minor number.
const DEVICES: [(&str, u32, u32); 6] =
    [("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0)];

const LINKS: [(&str, &str); 5] = [
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
    ("ptmx", "pts/ptmx"),
];

/// The usual group of terminals, `tty`.
const TTY_GROUP: &str = "5";
const DEFAULT_SHM: u64 = 64 << 20;

/// Mounts `/dev` and what belongs below it.
pub(crate) fn mount(tree: &mut Tree, shm_size: Option<u64>, security: Security) -> Result<(), SandboxError> {
    let place = tree.keep("/dev", Shape::Directory).context("make mount point", "/dev")?;
    let dev = fsmount::filesystem(
        "tmpfs",
        &[("mode", "755"), ("size", "65536k")],
        MountAttrFlags::MOUNT_ATTR_NOSUID,
    )
    .context("mount", "/dev")?;
    fsmount::attach(&dev, place).context("mount", "/dev")?;
    for (name, major, minor) in DEVICES {
        device(&dev, name, makedev(major, minor)).context("make device", format!("/dev/{name}"))?;
    }
    if security == Security::Sandbox {
        // A step may make device nodes, as part of an image, but not use them: each that it may use is a mount.
        fsmount::restrict(dev.as_fd(), MountAttrFlags::MOUNT_ATTR_NODEV, false)
            .context("forbid devices", "/dev")?;
    }
    for (name, target) in LINKS {
        symlinkat(target, &dev, name).context("make link", format!("/dev/{name}"))?;
    }
    let size = shm_size.unwrap_or(DEFAULT_SHM).to_string();
    let shm = fsmount::filesystem("tmpfs", &[("mode", "1777"), ("size", &size)], DATA_ONLY);
    below(&dev, "shm", shm)?;
    below(&dev, "mqueue", fsmount::filesystem("mqueue", &[], DATA_ONLY))?;
    below(&dev, "pts", terminals())
}

/// A device node, mounted on itself; where none may be made (a user namespace), the host's is shown instead.
fn device(dev: &OwnedFd, name: &str, number: u64) -> Result<(), Errno> {
    let mode = Mode::from_raw_mode(0o666);
    let node = match mknodat(dev, name, FileType::CharacterDevice, mode, number) {
        Ok(()) => {
            // Creating masks the mode.
            chmodat(dev, name, mode, AtFlags::empty())?;
            fsmount::copy_of(dev, name, false)?
        }
        Err(Errno::PERM) => {
            openat(dev, name, OFlags::CREATE | OFlags::WRONLY | OFlags::CLOEXEC, mode)?;
            fsmount::copy_of(CWD, format!("/dev/{name}"), false)?
        }
        Err(error) => return Err(error),
    };
    fsmount::attach(node, openat(dev, name, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?)
}

/// Mounts one of the file systems below `/dev`.
fn below(dev: &OwnedFd, name: &str, mount: Result<OwnedFd, Errno>) -> Result<(), SandboxError> {
    let attach = || {
        let mount = mount?;
        mkdirat(dev, name, Mode::from_raw_mode(0o755))?;
        let place = openat(dev, name, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?;
        fsmount::attach(mount, place)
    };
    attach().context("mount", format!("/dev/{name}"))
}

/// A set of pseudo-terminals of its own.
fn terminals() -> Result<OwnedFd, Errno> {
    let mount = |group: Option<&str>| {
        let new = NewFilesystem::open("devpts")?;
        new.set_flag("newinstance")?;
        new.set("ptmxmode", "0666")?;
        new.set("mode", "0620")?;
        group.map_or(Ok(()), |group| new.set("gid", group))?;
        new.mount(MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NOEXEC)
    };
    // With a single-id map the group does not exist.
    mount(Some(TTY_GROUP)).or_else(|_| mount(None))
}
