//! The mounts that a step asks for. Sources are opened while the host's files are in view; then, with the new
//! root in place, each is attached where it belongs, outer ones first.

use std::fs::File;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;

use rustix::fs::{CWD, Gid, Mode, OFlags, ResolveFlags, Uid, fchmod, fchown, mkdirat, openat, openat2};
use rustix::io::Errno;
use rustix::mount::MountAttrFlags;

use crate::error::{Context as _, ErrorKind, SandboxError};
use crate::fsmount::{self, DATA_ONLY, NOSUID_NODEV, NewFilesystem};
use crate::overlay::{Layers, open_directory};
use crate::resolver;
use crate::spec::{Mount, MountKind, Network, Security, Spec};
use crate::target::{Shape, Tree, clean, shape_of};

/// The largest file of `/etc` that is read.
const MAX_ETC: u64 = 1 << 20;

/// A mount that is ready to be attached.
pub(crate) struct Prepared {
    target: String,
    mount: OwnedFd,
    shape: Shape,
}

/// Makes mounts outside of the new root.
pub(crate) struct Workshop {
    /// A directory to attach things on for a moment: some kernels copy only what is attached.
    staging: OwnedFd,
    /// In a user namespace.
    nested: bool,
    security: Security,
    /// Holds secrets and generated files; made when first needed.
    memory: Option<OwnedFd>,
    /// Files made there so far.
    files: u32,
}

impl Workshop {
    /// A workshop that may cover `staging` with mounts.
    pub(crate) const fn new(staging: OwnedFd, nested: bool, security: Security) -> Self {
        Self { staging, nested, security, memory: None, files: 0 }
    }

    /// Prepares all mounts of a step, in the order in which they must be attached.
    pub(crate) fn prepare_all(&mut self, spec: &Spec) -> Result<Vec<Prepared>, SandboxError> {
        let mut all = self.etc_files(spec)?;
        let mut own = spec.mounts.iter().map(|mount| self.prepare(mount)).collect::<Result<Vec<_>, _>>()?;
        own.sort_by_key(|one| one.target.matches('/').count());
        all.append(&mut own);
        Ok(all)
    }

    fn prepare(&mut self, wanted: &Mount) -> Result<Prepared, SandboxError> {
        let target = clean(&wanted.target);
        if target.is_empty() {
            return Err(SandboxError::new(
                ErrorKind::BadSpec,
                "mount",
                "the target cannot be the root itself",
            ));
        }
        let mount = match &wanted.kind {
            MountKind::Bind { source } | MountKind::Device { source } | MountKind::Socket { source } => {
                bind(source)?
            }
            MountKind::Overlay { .. } => self.layers(&wanted.kind, wanted.readonly)?,
            MountKind::Tmpfs { size, mode } => {
                memory_filesystem(*size, *mode).context("mount tmpfs", &target)?
            }
            MountKind::Secret { data, mode, uid, gid } => {
                let owner = (Uid::from_raw(*uid), Gid::from_raw(*gid));
                self.file(data.reveal(), *mode, owner).context("write secret", &target)?
            }
        };
        fsmount::restrict(mount.as_fd(), self.restrictions(wanted), true)
            .context("restrict mount", &target)?;
        let shape = shape_of(&mount).context("look at", &target)?;
        Ok(Prepared { target, mount, shape })
    }

    fn restrictions(&self, wanted: &Mount) -> MountAttrFlags {
        let mut flags = MountAttrFlags::empty();
        let readonly = wanted.readonly || matches!(wanted.kind, MountKind::Secret { .. });
        flags.set(MountAttrFlags::MOUNT_ATTR_RDONLY, readonly);
        let is_device = matches!(wanted.kind, MountKind::Device { .. });
        flags.set(MountAttrFlags::MOUNT_ATTR_NODEV, self.security == Security::Sandbox && !is_device);
        flags
    }

    /// An overlay, or a place inside of it.
    fn layers(&self, kind: &MountKind, readonly: bool) -> Result<OwnedFd, SandboxError> {
        let MountKind::Overlay { lowers, upper, work, subpath } = kind else {
            return Err(SandboxError::new(ErrorKind::BadSpec, "mount overlay", "not an overlay"));
        };
        let mut layers = Layers::open(lowers)?;
        match (upper, work) {
            (Some(upper), Some(work)) => {
                layers = layers.writable(open_directory(upper)?, open_directory(work)?);
            }
            _ if readonly => {}
            _ => {
                let (upper, work) = self.throw_away().context("mount tmpfs", "")?;
                layers = layers.writable(upper, work);
            }
        }
        let mount = layers.mount(self.nested, &self.staging)?;
        let inner = clean(subpath);
        if inner.is_empty() {
            return Ok(mount);
        }
        fsmount::attach(&mount, &self.staging).context("attach", subpath)?;
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let place =
            openat2(&mount, inner.trim_start_matches('/'), flags, Mode::empty(), ResolveFlags::IN_ROOT)
                .context("find mount source", subpath)
                .map_err(|error| error.with_kind(ErrorKind::MissingSource))?;
        fsmount::copy_of(place, "", false).context("copy mount", subpath)
    }

    /// Directories in memory for writes that nobody will read.
    fn throw_away(&self) -> Result<(OwnedFd, OwnedFd), Errno> {
        let memory = memory_filesystem(None, 0o755)?;
        // Overlayfs takes only what is attached.
        fsmount::attach(&memory, &self.staging)?;
        let directory = |name: &str| {
            mkdirat(&memory, name, Mode::from_raw_mode(0o755))?;
            openat(&memory, name, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
        };
        Ok((directory("upper")?, directory("work")?))
    }

    /// The files of the host, and generated ones, that appear under `/etc`.
    fn etc_files(&mut self, spec: &Spec) -> Result<Vec<Prepared>, SandboxError> {
        let mut all = Vec::new();
        let root = (Uid::ROOT, Gid::ROOT);
        let hosts = match &spec.etc.hosts {
            Some(path) if spec.extra_hosts.is_empty() => bind(path)?,
            base => {
                let text = hosts_text(base.as_deref(), spec)?;
                self.file(text.as_bytes(), 0o644, root).context("write", "/etc/hosts")?
            }
        };
        all.push(("/etc/hosts", hosts));
        for (target, path) in
            [("/etc/resolv.conf", &spec.etc.resolv_conf), ("/etc/hostname", &spec.etc.hostname)]
        {
            if let Some(path) = path {
                all.push((target, self.lend(path, &spec.network)?));
            }
        }
        all.into_iter()
            .map(|(target, mount)| {
                fsmount::make_readonly(mount.as_fd(), true).context("make mount read-only", target)?;
                Ok(Prepared { target: target.to_owned(), mount, shape: Shape::File })
            })
            .collect()
    }

    /// A file of the host; name servers that only the host can reach are replaced for a private network.
    fn lend(&mut self, path: &Path, network: &Network) -> Result<OwnedFd, SandboxError> {
        if let Network::Private(network) = network {
            let text = kit::read_bounded(File::open(path).context("open", path)?, MAX_ETC);
            let text = text.context("read", path)?;
            if let Some(text) = resolver::rewrite(&String::from_utf8_lossy(&text), network.resolver) {
                return self.file(text.as_bytes(), 0o644, (Uid::ROOT, Gid::ROOT)).context("write", path);
            }
        }
        bind(path)
    }

    /// A file with this content, in memory, as a mount.
    fn file(&mut self, data: &[u8], mode: u32, (uid, gid): (Uid, Gid)) -> Result<OwnedFd, Errno> {
        self.files += 1;
        let name = self.files.to_string();
        let memory = self.memory()?;
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::RDWR | OFlags::CLOEXEC;
        let file = openat(memory, &name, flags, Mode::from_raw_mode(0o600))?;
        let mut rest = data;
        while !rest.is_empty() {
            rest = &rest[rustix::io::write(&file, rest)?..];
        }
        fchown(&file, Some(uid), Some(gid))?;
        fchmod(&file, Mode::from_raw_mode(mode))?;
        fsmount::copy_of(memory, &name, false)
    }

    fn memory(&mut self) -> Result<&OwnedFd, Errno> {
        let memory = if let Some(memory) = self.memory.take() {
            memory
        } else {
            let memory = unswapped_memory()?;
            fsmount::attach(&memory, &self.staging)?;
            memory
        };
        Ok(self.memory.insert(memory))
    }
}

/// Attaches everything in the new root.
pub(crate) fn attach_all(tree: &mut Tree, all: &[Prepared]) -> Result<(), SandboxError> {
    for one in all {
        let place = tree.ensure(&one.target, one.shape).context("make mount point", &one.target)?;
        fsmount::attach(&one.mount, place).context("mount", &one.target)?;
    }
    Ok(())
}

/// What is at a path of the host, with what is mounted below it.
fn bind(source: &Path) -> Result<OwnedFd, SandboxError> {
    fsmount::copy_of(CWD, source, true).map_err(|error| {
        let missing = matches!(error, Errno::NOENT | Errno::NOTDIR);
        let kind = if missing { ErrorKind::MissingSource } else { ErrorKind::System };
        SandboxError::os("bind", source.to_string_lossy(), error).with_kind(kind)
    })
}

fn memory_filesystem(size: Option<u64>, mode: u32) -> Result<OwnedFd, Errno> {
    let new = NewFilesystem::open("tmpfs")?;
    new.set("mode", &format!("{mode:o}"))?;
    size.map_or(Ok(()), |size| new.set("size", &size.to_string()))?;
    new.mount(NOSUID_NODEV)
}

/// Memory that is never written to swap, where the kernel has that (Linux 6.4, as root).
fn unswapped_memory() -> Result<OwnedFd, Errno> {
    let mount = |noswap: bool| {
        let new = NewFilesystem::open("tmpfs")?;
        new.set("mode", "0700")?;
        if noswap {
            new.set_flag("noswap")?;
        }
        new.mount(DATA_ONLY)
    };
    mount(true).or_else(|_| mount(false))
}

/// The text of `/etc/hosts`.
fn hosts_text(base: Option<&Path>, spec: &Spec) -> Result<String, SandboxError> {
    let mut text = match base {
        Some(path) => String::from_utf8_lossy(&std::fs::read(path).context("read", path)?).into_owned(),
        None => {
            format!("127.0.0.1\tlocalhost {}\n::1\tlocalhost ip6-localhost ip6-loopback\n", spec.hostname())
        }
    };
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    for (name, address) in &spec.extra_hosts {
        text.extend([address, "\t", name, "\n"]);
    }
    Ok(text)
}
