//! Overlay mounts. Every directory is opened first and named by its descriptor, so long and odd paths, and
//! many of them, fit.

use std::collections::BTreeSet;
use std::ffi::{CStr, CString, OsStr};
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;
use rustix::mount::{MountAttrFlags, MountFlags, UnmountFlags, mount, unmount};

use crate::error::{Context as _, ErrorKind, SandboxError};
use crate::fsmount::{self, NewFilesystem, descriptor_path};

const STEP: &str = "mount overlay";
/// Options that keep the upper directory free of kernel-private metadata, so that it can be read as a diff.
const PLAIN_UPPER: [(&str, &str); 3] = [("index", "off"), ("metacopy", "off"), ("redirect_dir", "off")];
/// The same in a user namespace, where the others are off and may not even be named.
const PLAIN_NESTED: [(&str, &str); 1] = [("index", "off")];
/// The longest option text of the classic `mount` call, a page.
const MAX_OPTIONS: usize = 4095;

/// The directories of one overlay, opened.
pub(crate) struct Layers {
    /// Base first.
    lowers: Vec<OwnedFd>,
    /// Upper and working directory.
    writable: Option<(OwnedFd, OwnedFd)>,
}

/// Opens a directory only to name it.
pub(crate) fn open_directory(path: &Path) -> Result<OwnedFd, SandboxError> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    openat(CWD, path, flags, Mode::empty())
        .context("open directory", path)
        .map_err(|error| error.with_kind(ErrorKind::MissingSource))
}

impl Layers {
    /// Opens the layers, base first. Overlayfs refuses a layer that is there twice, as two steps with the same
    /// result give; the upper one hides the lower one whole.
    pub(crate) fn open<P: AsRef<Path>>(lowers: &[P]) -> Result<Self, SandboxError> {
        let mut seen = BTreeSet::new();
        let mut opened: Vec<OwnedFd> = Vec::with_capacity(lowers.len());
        for path in lowers.iter().map(AsRef::as_ref).rev().filter(|path| seen.insert(*path)) {
            opened.push(open_directory(path)?);
        }
        opened.reverse();
        Ok(Self::opened(opened))
    }

    /// Layers that are open already, base first.
    pub(crate) const fn opened(lowers: Vec<OwnedFd>) -> Self {
        Self { lowers, writable: None }
    }

    /// Lets writes go to `upper`; `work` is overlayfs' own.
    pub(crate) fn writable(mut self, upper: OwnedFd, work: OwnedFd) -> Self {
        self.writable = Some((upper, work));
        self
    }

    /// Makes the mount, attached nowhere. `staging` is a directory that may be mounted on for a moment.
    pub(crate) fn mount(&self, nested: bool, staging: &OwnedFd) -> Result<OwnedFd, SandboxError> {
        // Overlayfs wants two directories; one alone that nobody writes to needs no overlay.
        if let ([only], None) = (self.lowers.as_slice(), &self.writable) {
            let copy = fsmount::copy_of(only, "", false).context("copy mount", "")?;
            fsmount::make_readonly(copy.as_fd(), false).context("make mount read-only", "")?;
            return Ok(copy);
        }
        let new = NewFilesystem::open("overlay").context(STEP, "").map_err(no_overlay)?;
        let made = self.configure(&new, nested).and_then(|()| new.mount(MountAttrFlags::empty()));
        made.or_else(|error| {
            let said = new.complaint();
            // Before Linux 6.7 layers could not be given one by one.
            if said.contains("Unknown parameter 'lowerdir+'") {
                return self.mount_classic(nested, staging);
            }
            Err(no_overlay(SandboxError::os(STEP, "", error).with_detail(said)))
        })
    }

    fn configure(&self, new: &NewFilesystem, nested: bool) -> Result<(), Errno> {
        for lower in self.lowers.iter().rev() {
            new.set("lowerdir+", &descriptor_path(lower))?;
        }
        if let Some((upper, work)) = &self.writable {
            new.set("upperdir", &descriptor_path(upper))?;
            new.set("workdir", &descriptor_path(work))?;
            // Spares the sync at unmount; older kernels do not know it. What a step wrote is made durable by
            // whoever publishes it.
            let _ = new.set_flag("volatile");
        }
        plain_upper(nested).iter().try_for_each(|(key, value)| new.set(key, value))?;
        if nested { new.set_flag("userxattr") } else { Ok(()) }
    }

    fn mount_classic(&self, nested: bool, staging: &OwnedFd) -> Result<OwnedFd, SandboxError> {
        // The descriptor names the directory underneath; only the real path leads to what is mounted on it.
        let place =
            rustix::fs::readlink(descriptor_path(staging), Vec::new()).context("find directory", "")?;
        let mount = |options: &CStr| {
            mount("overlay", &place, "overlay", MountFlags::empty(), Some(options))
                .context(STEP, "")
                .map_err(no_overlay)
        };
        if let Ok(options) = self.classic_options(nested, "/proc/self/fd/") {
            mount(&options)?;
        } else {
            // Named from where they are, many more fit.
            let options = self.classic_options(nested, "")?;
            let before = open_directory(Path::new("."))?;
            rustix::process::chdir("/proc/self/fd").context("change directory", "/proc/self/fd")?;
            let mounted = mount(&options);
            rustix::process::fchdir(&before).context("change directory", ".")?;
            mounted?;
        }
        let copy =
            fsmount::copy_of(CWD, OsStr::from_bytes(place.to_bytes()), false).context("copy mount", "")?;
        unmount(&place, UnmountFlags::DETACH).context("detach mount", "")?;
        Ok(copy)
    }

    /// The options of the classic call, with what leads to the open files of this process before their numbers.
    fn classic_options(&self, nested: bool, before: &str) -> Result<CString, SandboxError> {
        let named = |lower: &OwnedFd| format!("{before}{}", lower.as_raw_fd());
        let lowers: Vec<String> = self.lowers.iter().rev().map(named).collect();
        let mut options = format!("lowerdir={}", lowers.join(":"));
        if let Some((upper, work)) = &self.writable {
            let (upper, work) = (descriptor_path(upper), descriptor_path(work));
            options.extend([",upperdir=", &upper, ",workdir=", &work]);
        }
        for (key, value) in plain_upper(nested) {
            options.extend([",", key, "=", value]);
        }
        if nested {
            options += ",userxattr";
        }
        if options.len() > MAX_OPTIONS {
            let detail = format!("{} layers are more than it takes", lowers.len());
            return Err(SandboxError::new(ErrorKind::NoOverlay, STEP, detail));
        }
        CString::new(options).map_err(|_| SandboxError::new(ErrorKind::BadSpec, STEP, "zero byte in a path"))
    }
}

const fn plain_upper(nested: bool) -> &'static [(&'static str, &'static str)] {
    if nested { &PLAIN_NESTED } else { &PLAIN_UPPER }
}

/// Tells refusals that copying the layers would get around from other failures.
fn no_overlay(error: SandboxError) -> SandboxError {
    match error.errno().map(Errno::from_raw_os_error) {
        Some(Errno::PERM | Errno::NODEV | Errno::INVAL | Errno::OPNOTSUPP | Errno::ACCESS) => {
            let said = error.detail().to_owned();
            let hint = "overlayfs needs root or Linux 5.11, and a store that it can write its changes to: keep it on a \
                        local disk (ext4, xfs, btrfs) or in memory, not on an overlay or network file system";
            let detail = if said.is_empty() { hint.to_owned() } else { format!("{said} ({hint})") };
            error.with_kind(ErrorKind::NoOverlay).with_detail(detail)
        }
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_layers_as_the_kernel_takes_fit_into_a_page() {
        let dir = tempfile::tempdir().unwrap();
        let layers = |count: usize| {
            let paths: Vec<_> = (0..count).map(|at| dir.path().join(at.to_string())).collect();
            for path in &paths {
                std::fs::create_dir_all(path).unwrap();
            }
            Layers::open(&paths).unwrap()
        };
        assert!(layers(100).classic_options(false, "/proc/self/fd/").is_ok());
        let most = layers(500);
        assert!(most.classic_options(false, "/proc/self/fd/").is_err());
        assert!(most.classic_options(true, "").is_ok());
    }

    #[test]
    fn a_layer_that_is_there_twice_is_taken_once() {
        let dir = tempfile::tempdir().unwrap();
        let [one, two] = ["one", "two"].map(|name| dir.path().join(name));
        for path in [&one, &two] {
            std::fs::create_dir(path).unwrap();
        }
        let layers = Layers::open(&[&one, &two, &one]).unwrap();
        let inode = |path: &Path| rustix::fs::stat(path).unwrap().st_ino;
        let opened: Vec<u64> = layers.lowers.iter().map(|fd| rustix::fs::fstat(fd).unwrap().st_ino).collect();
        assert_eq!(opened, [inode(&two), inode(&one)]);
    }
}
