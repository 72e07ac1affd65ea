//! `/proc` and `/sys` of a step, with what tells about or controls the host masked or read-only.

use std::os::fd::{AsFd as _, OwnedFd};

use rustix::fs::{CWD, statfs};
use rustix::io::Errno;
use rustix::mount::MountAttrFlags;

use crate::error::{Context as _, SandboxError};
use crate::fsmount::{self, DATA_ONLY, FIXED_DATA};
use crate::spec::Security;
use crate::target::{Shape, Tree, shape_of};

/// Hidden, as container runtimes hide them: an empty directory or `/dev/null` in their place.
const MASKED: [&str; 11] = [
    "/proc/acpi",
    "/proc/asound",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/sys/devices/virtual/powercap",
    "/sys/firmware",
];
/// Visible but not writable.
const READ_ONLY: [&str; 5] = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];
/// The file system type of the unified cgroup hierarchy, as `statfs` reports it.
const CGROUP2_MAGIC: u64 = 0x6367_7270;

/// Mounts `/proc`; `true` when it had to be the host's, because the kernel refuses a new one.
pub(crate) fn mount_proc(tree: &mut Tree) -> Result<bool, SandboxError> {
    let place = tree.keep("/proc", Shape::Directory).context("make mount point", "/proc")?;
    let (mount, borrowed) = match fsmount::filesystem("proc", &[], DATA_ONLY) {
        // Inside another container, whose own masks must not be got around.
        Err(Errno::PERM) => (fsmount::copy_of(CWD, "/proc", true).context("copy mount", "/proc")?, true),
        made => (made.context("mount", "/proc")?, false),
    };
    fsmount::attach(mount, place).context("mount", "/proc")?;
    Ok(borrowed)
}

/// Mounts `/sys` and `/sys/fs/cgroup`, read-only in the sandbox.
pub(crate) fn mount_sys(tree: &mut Tree, security: Security) -> Result<(), SandboxError> {
    let flags = if security == Security::Sandbox { FIXED_DATA } else { DATA_ONLY };
    let place = tree.keep("/sys", Shape::Directory).context("make mount point", "/sys")?;
    match fsmount::filesystem("sysfs", &[], flags) {
        // The network namespace is not ours: show the host's tree.
        Err(Errno::PERM) => return copy_host_sys(&place, flags).context("mount", "/sys"),
        made => fsmount::attach(made.context("mount", "/sys")?, place).context("mount", "/sys")?,
    }
    if statfs("/sys/fs/cgroup").is_ok_and(|found| u64::try_from(found.f_type) == Ok(CGROUP2_MAGIC)) {
        let place = tree.open("/sys/fs/cgroup").context("find", "/sys/fs/cgroup")?;
        let mount = fsmount::filesystem("cgroup2", &[], flags)
            .or_else(|_| fsmount::copy_of(CWD, "/sys/fs/cgroup", false));
        let mount = mount.context("mount", "/sys/fs/cgroup")?;
        fsmount::restrict(mount.as_fd(), flags, false).context("mount", "/sys/fs/cgroup")?;
        fsmount::attach(mount, place).context("mount", "/sys/fs/cgroup")?;
    }
    Ok(())
}

fn copy_host_sys(place: &OwnedFd, flags: MountAttrFlags) -> std::io::Result<()> {
    let copy = fsmount::copy_of(CWD, "/sys", true)?;
    fsmount::restrict(copy.as_fd(), flags, true)?;
    Ok(fsmount::attach(copy, place)?)
}

/// Masks and write-protects what the sandbox must not reach; needs `/dev/null` in place.
pub(crate) fn mask(tree: &Tree) -> Result<(), SandboxError> {
    let null = tree.open("/dev/null").context("find", "/dev/null")?;
    let empty = fsmount::filesystem("tmpfs", &[("mode", "555")], FIXED_DATA).context("mount", "tmpfs")?;
    let mut covers = Covers { null, empty, used: false };
    for path in MASKED {
        if let Some(place) = find(tree, path).context("find", path)? {
            covers.cover(&place).context("mask", path)?;
        }
    }
    READ_ONLY.iter().try_for_each(|path| protect(tree, path))
}

/// What masked places show.
struct Covers {
    null: OwnedFd,
    empty: OwnedFd,
    /// Whether `empty` is attached somewhere, from where it can be copied.
    used: bool,
}

impl Covers {
    fn cover(&mut self, place: &OwnedFd) -> Result<(), Errno> {
        if shape_of(place)? == Shape::File {
            return fsmount::attach(fsmount::copy_of(&self.null, "", false)?, place);
        }
        if self.used {
            return fsmount::attach(fsmount::copy_of(&self.empty, "", false)?, place);
        }
        self.used = true;
        fsmount::attach(&self.empty, place)
    }
}

/// Makes one place read-only by mounting it on itself.
fn protect(tree: &Tree, path: &str) -> Result<(), SandboxError> {
    let Some(place) = find(tree, path).context("find", path)? else { return Ok(()) };
    let copy = fsmount::copy_of(&place, "", true).context("protect", path)?;
    fsmount::make_readonly(copy.as_fd(), true).context("protect", path)?;
    fsmount::attach(copy, place).context("protect", path)
}

/// Opens a place that not every kernel has.
fn find(tree: &Tree, path: &str) -> Result<Option<OwnedFd>, Errno> {
    match tree.open(path) {
        Err(Errno::NOENT) => Ok(None),
        found => found.map(Some),
    }
}
