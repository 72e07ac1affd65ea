//! Overlay mounts. Every directory is opened first and named by its descriptor, so long and odd paths, and
//! many of them, fit.

use std::ffi::{CString, OsStr};
use std::os::fd::{AsFd as _, OwnedFd};
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
    /// Opens the layers, base first.
    pub(crate) fn open<P: AsRef<Path>>(lowers: &[P]) -> Result<Self, SandboxError> {
        let lowers = lowers.iter().map(|path| open_directory(path.as_ref())).collect::<Result<_, _>>()?;
        Ok(Self::opened(lowers))
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
        let options = self.classic_options(nested)?;
        // The descriptor names the directory underneath; only the real path leads to what is mounted on it.
        let place =
            rustix::fs::readlink(descriptor_path(staging), Vec::new()).context("find directory", "")?;
        mount("overlay", &place, "overlay", MountFlags::empty(), Some(options.as_c_str()))
            .context(STEP, "")
            .map_err(no_overlay)?;
        let copy =
            fsmount::copy_of(CWD, OsStr::from_bytes(place.to_bytes()), false).context("copy mount", "")?;
        unmount(&place, UnmountFlags::DETACH).context("detach mount", "")?;
        Ok(copy)
    }

    fn classic_options(&self, nested: bool) -> Result<CString, SandboxError> {
        let lowers: Vec<String> = self.lowers.iter().rev().map(descriptor_path).collect();
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
            let detail = format!("{} layers need Linux 6.7 or newer", lowers.len());
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
