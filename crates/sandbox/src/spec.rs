//! What to run and how: plain values, filled in by the caller.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use kit::Redacted;

use crate::{Emulation, PrivateNetwork};

/// The root file system of a step: an overlay of unpacked layers.
#[derive(Debug, Clone, Default)]
pub struct Rootfs {
    /// The read-only layers, base first, topmost last. Empty: `upper` itself is the root (an image from scratch).
    pub lowers: Vec<PathBuf>,
    /// The directory that receives the step's changes.
    pub upper: PathBuf,
    /// An empty directory on the same file system as `upper`, for overlayfs; unused when `lowers` is empty. It
    /// cannot be used again: overlayfs leaves a mark in it.
    pub work: PathBuf,
}

/// Everything about one process to run.
#[derive(Debug, Clone)]
pub struct Spec {
    /// Its root file system.
    pub rootfs: Rootfs,
    /// Program and arguments; a program without a slash is looked up in the `PATH` of `env`, inside the root.
    pub args: Vec<OsString>,
    /// The whole environment; nothing of the caller's is inherited.
    pub env: Vec<(String, String)>,
    /// Working directory inside the root; created (mode 0755, owned by root) when missing.
    pub cwd: String,
    /// Numeric identity inside the sandbox.
    pub user: User,
    /// Mounts, besides what every step has (`/proc`, `/dev`, `/sys`, `/etc/hosts`, …); outer targets are mounted first.
    pub mounts: Vec<Mount>,
    /// Network of the step.
    pub network: Network,
    /// Host name inside; empty: `cooper`.
    pub hostname: String,
    /// How far the step is confined.
    pub security: Security,
    /// Give the process a new pseudo-terminal as its standard streams (relayed to the caller's own).
    pub tty: bool,
    /// Resource limits.
    pub limits: Limits,
    /// Names and addresses to add to `/etc/hosts`.
    pub extra_hosts: Vec<(String, String)>,
    /// Mount the root itself read-only (mounts keep their own setting).
    pub readonly_root: bool,
    /// Files of the host to show under `/etc`.
    pub etc: EtcFiles,
    /// Where the standard streams go.
    pub streams: Streams,
    /// What runs programs of another machine, where the system does not ([`crate::emulation`]).
    pub emulation: Option<Emulation>,
    /// What is otherwise than usual.
    pub variation: Variation,
}

/// What a step may not depend on, made otherwise than usual, so that it shows whether it does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Variation {
    /// Processors to run on, at most.
    pub processors: Option<usize>,
    /// Whether directories are read from their end to their beginning, as far as a program reads them at once.
    pub reversed: bool,
}

impl Spec {
    /// A step that runs `args` as root on `rootfs` with every other value at its default: working directory
    /// `/`, no environment, no network, output captured.
    pub fn new(rootfs: Rootfs, args: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        Self {
            rootfs,
            args: args.into_iter().map(Into::into).collect(),
            env: Vec::new(),
            cwd: "/".to_owned(),
            user: User::default(),
            mounts: Vec::new(),
            network: Network::default(),
            hostname: String::new(),
            security: Security::default(),
            tty: false,
            limits: Limits::default(),
            extra_hosts: Vec::new(),
            readonly_root: false,
            etc: EtcFiles::default(),
            streams: Streams::default(),
            emulation: None,
            variation: Variation::default(),
        }
    }

    /// The host name, never empty.
    pub(crate) const fn hostname(&self) -> &str {
        if self.hostname.is_empty() { "cooper" } else { self.hostname.as_str() }
    }
}

/// Numeric identity of the process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct User {
    /// User id.
    pub uid: u32,
    /// Primary group id.
    pub gid: u32,
    /// Supplementary group ids.
    pub groups: Vec<u32>,
}

/// One mount inside the root.
#[derive(Debug, Clone)]
pub struct Mount {
    /// Absolute path inside the root; symbolic links are followed inside the root only. Made when missing.
    pub target: String,
    /// What is mounted.
    pub kind: MountKind,
    /// Whether the process may write to it.
    pub readonly: bool,
}

/// What a [`Mount`] shows.
#[derive(Debug, Clone)]
pub enum MountKind {
    /// A file or directory of the host (with what is mounted below it).
    Bind {
        /// Path on the host; symbolic links are followed.
        source: PathBuf,
    },
    /// The tree of a stage or of a context: an overlay of layers.
    Overlay {
        /// The read-only layers, base first.
        lowers: Vec<PathBuf>,
        /// Receives writes; without it a writable mount keeps its writes in memory and drops them.
        upper: Option<PathBuf>,
        /// Overlayfs' working directory; needed with `upper`.
        work: Option<PathBuf>,
        /// Path inside the tree of what is mounted, a file or a directory; empty or `/` for all of it.
        subpath: String,
    },
    /// An empty file system in memory.
    Tmpfs {
        /// Size limit in bytes; `None` for the kernel's default (half of the memory).
        size: Option<u64>,
        /// Permission bits of its root.
        mode: u32,
    },
    /// A file on a private file system in memory, never on disk, always read-only.
    Secret {
        /// The content.
        data: Redacted<Vec<u8>>,
        /// Permission bits.
        mode: u32,
        /// Owner.
        uid: u32,
        /// Group.
        gid: u32,
    },
    /// A device node of the host, which can be opened although no other file of the step can be a device.
    Device {
        /// Path on the host; symbolic links are followed.
        source: PathBuf,
    },
    /// A listening Unix socket of the host, as an ssh agent's.
    Socket {
        /// Path on the host.
        source: PathBuf,
    },
}

/// Network of a step.
#[derive(Debug, Clone, Default)]
pub enum Network {
    /// Its own network namespace with only the loopback interface.
    #[default]
    None,
    /// The caller's network.
    Host,
    /// A network namespace, shared by the steps that are given it, from which the world can be reached but not
    /// what listens on the host's loopback interface. Name servers there are replaced in `resolv.conf`.
    Private(PrivateNetwork),
}

impl Network {
    /// Whether a process that was made for one of them can run a step of the other.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::None, Self::None) | (Self::Host, Self::Host) => true,
            (Self::Private(one), Self::Private(other)) => one.is_same(other),
            _ => false,
        }
    }
}

/// How far a step is confined.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Security {
    /// Default capabilities and system calls, masked `/proc`, devices only in `/dev`.
    #[default]
    Sandbox,
    /// All capabilities the caller has, no filter, nothing masked (`RUN --security=insecure`).
    Insecure,
}

/// Resource limits; what is `None` is not limited. All but `shm_size` and `ulimits` need a cgroup.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// Memory in bytes.
    pub memory: Option<u64>,
    /// Memory and swap together in bytes; `u64::MAX` for no limit.
    pub memory_swap: Option<u64>,
    /// Number of processes and threads.
    pub pids: Option<u64>,
    /// Relative share of CPU time, 2 to 262144, where 1024 is normal.
    pub cpu_shares: Option<u64>,
    /// Microseconds of CPU time in each `cpu_period`.
    pub cpu_quota: Option<u64>,
    /// Period of `cpu_quota` in microseconds; `None`: 100 000.
    pub cpu_period: Option<u64>,
    /// CPUs to run on, as `0-2,5`.
    pub cpuset_cpus: Option<String>,
    /// Memory nodes to use, as `0-1`.
    pub cpuset_mems: Option<String>,
    /// Size of `/dev/shm` in bytes; `None`: 64 MiB.
    pub shm_size: Option<u64>,
    /// Resource limits of the process; what is not named is as in the caller.
    pub ulimits: Vec<Ulimit>,
}

/// One `setrlimit` value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ulimit {
    /// Lower-case name without prefix, as `nofile` or `nproc`.
    pub name: String,
    /// Soft limit; `u64::MAX` for unlimited.
    pub soft: u64,
    /// Hard limit; `u64::MAX` for unlimited.
    pub hard: u64,
}

/// Files of the host that appear, read-only, under `/etc` of the step.
#[derive(Debug, Clone, Default)]
pub struct EtcFiles {
    /// Shown as `/etc/resolv.conf`; `None`: the image's own.
    pub resolv_conf: Option<PathBuf>,
    /// Shown as `/etc/hosts` (with `extra_hosts` added); `None`: one with only localhost and the host name.
    pub hosts: Option<PathBuf>,
    /// Shown as `/etc/hostname`; `None`: the image's own.
    pub hostname: Option<PathBuf>,
}

/// Where one standard stream goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stdio {
    /// The caller's own stream.
    Inherit,
    /// To the callback of [`crate::spawn`], line by line; for standard input the same as `Null`.
    Capture,
    /// `/dev/null`.
    Null,
}

/// Where the standard streams go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streams {
    /// Standard input.
    pub stdin: Stdio,
    /// Standard output.
    pub stdout: Stdio,
    /// Standard error.
    pub stderr: Stdio,
}

impl Default for Streams {
    fn default() -> Self {
        Self { stdin: Stdio::Null, stdout: Stdio::Capture, stderr: Stdio::Capture }
    }
}

/// Which stream a captured line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// How the process ended.
#[derive(Debug, Clone, Default)]
pub struct Exit {
    /// Exit status; 128 plus the signal's number when killed by one; 127 or 126 when it could not be executed.
    pub code: i32,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Whether it was killed because the caller's [`crate::Cancel`] was set.
    pub cancelled: bool,
    /// Why the program could not be executed (then `code` is 126 or 127).
    pub exec_error: Option<ExecError>,
    /// Paths (absolute, deepest first) that the image did not have and that were made as mount points. Those
    /// still empty at the end were removed again, and their parents' modification times restored, before
    /// [`crate::spawn`] returned; the caller need do nothing. `/dev`, `/proc` and `/sys` are not among them: other
    /// builders leave them in the image, too.
    pub created_mountpoints: Vec<String>,
    /// What could not be had and was left out, as a limit without a cgroup: one sentence each.
    pub warnings: Vec<String>,
    /// Resources used.
    pub usage: Usage,
}

/// Why a program could not be executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecError {
    /// The program as asked for.
    pub program: String,
    /// What is wrong with it.
    pub kind: ExecErrorKind,
}

/// What is wrong with a program that could not be executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecErrorKind {
    /// It is in no directory of `PATH`.
    NotInPath,
    /// There is no such file, or not its interpreter or loader.
    NotFound,
    /// It is a directory, or not executable for the user.
    PermissionDenied,
    /// The kernel does not know its format: a script without `#!`, or another architecture's binary.
    Format,
    /// Something else; the system's error number.
    Other(i32),
}

impl ExecError {
    /// The exit status that shells and container tools give: 127 for not found, 126 for the rest.
    pub const fn code(&self) -> i32 {
        match self.kind {
            ExecErrorKind::NotInPath | ExecErrorKind::NotFound => 127,
            _ => 126,
        }
    }
}

impl std::fmt::Display for ExecError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot execute `{}`: ", self.program)?;
        match self.kind {
            ExecErrorKind::NotInPath => f.write_str("it is in no directory of PATH"),
            ExecErrorKind::NotFound => f.write_str("the file, or the interpreter it names, does not exist"),
            ExecErrorKind::PermissionDenied => f.write_str("permission denied"),
            ExecErrorKind::Format => {
                f.write_str("exec format error (a script without `#!`, or built for another platform)")
            }
            ExecErrorKind::Other(errno) => write!(f, "{}", std::io::Error::from_raw_os_error(errno)),
        }
    }
}

impl std::error::Error for ExecError {}

/// Resources that a step used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// From the start of the process to its end.
    pub wall: Duration,
    /// CPU time in user mode, of the process and those it waited for.
    pub user: Duration,
    /// CPU time in the kernel, of the process and those it waited for.
    pub system: Duration,
    /// Largest resident set of a process, in bytes.
    pub max_rss: u64,
    /// Bytes that read calls gave.
    pub read: u64,
    /// Bytes that write calls took.
    pub written: u64,
    /// Bytes that came from disks.
    pub disk_read: u64,
    /// Bytes that are for disks.
    pub disk_written: u64,
}
