//! A network for steps that is not the host's: a namespace whose only way out is a program of the user, which
//! takes its packets and speaks to the world with ordinary sockets.

use std::fmt;
use std::net::Ipv4Addr;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::thread;

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::fcntl_dupfd_cloexec;

use crate::error::{Context as _, ErrorKind, SandboxError};
use crate::message::{self, Report, Request};
use crate::spawn::{Process, died};
use crate::userns::tool;

/// The namespace's descriptor gets at least this number, out of the way of those that init is given.
pub(crate) const OUT_OF_THE_WAY: i32 = 10;
/// Address of a step, and its gateway, with both programs.
const ADDRESS: &str = "10.0.2.100";
const GATEWAY: &str = "10.0.2.2";

/// A program that connects a network namespace to the outside without privileges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Helper {
    /// `pasta`, of the package `passt`.
    Pasta,
    /// `slirp4netns`.
    Slirp4netns,
}

impl Helper {
    /// All of them, the better first.
    pub const ALL: [Self; 2] = [Self::Pasta, Self::Slirp4netns];

    /// Name of its program.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pasta => "pasta",
            Self::Slirp4netns => "slirp4netns",
        }
    }

    /// Whether it is installed.
    pub fn is_installed(self) -> bool {
        tool(self.name()).is_some()
    }

    /// The address that stands for the host's own name server.
    const fn resolver(self) -> Ipv4Addr {
        match self {
            Self::Pasta => Ipv4Addr::new(169, 254, 1, 1),
            Self::Slirp4netns => Ipv4Addr::new(10, 0, 2, 3),
        }
    }

    /// Its arguments for the namespace at `path`. Nothing of the host's loopback is reachable, in no direction.
    fn arguments(self, path: &str) -> Vec<String> {
        let resolver = self.resolver().to_string();
        let words: &[&str] = match self {
            // It gives up root by itself, but then cannot enter the namespace any more.
            Self::Pasta => &[
                "--config-net",
                "--quiet",
                "--foreground",
                "--runas",
                "0:0",
                "--no-map-gw",
                "-t",
                "none",
                "-u",
                "none",
                "-T",
                "none",
                "-U",
                "none",
                "-a",
                ADDRESS,
                "-n",
                "24",
                "-g",
                GATEWAY,
                "--dns-forward",
                &resolver,
                "--netns",
                path,
            ],
            Self::Slirp4netns => &[
                "--configure",
                "--mtu=65520",
                "--disable-host-loopback",
                "--enable-sandbox",
                "--netns-type=path",
                path,
                "tap0",
            ],
        };
        std::iter::once(&self.name()).chain(words).map(|word| (*word).to_owned()).collect()
    }
}

/// A network namespace that is connected to the outside, for any number of steps; clones share it, and with the
/// last one it ends.
///
/// A step sees its own loopback interface, shared with the other steps on this network, and everything that the
/// host can reach except the host's own loopback interface.
#[derive(Clone)]
pub struct PrivateNetwork {
    /// The name server that stands for the host's.
    pub(crate) resolver: Ipv4Addr,
    /// Missing on the side of init.
    running: Option<Arc<Running>>,
}

struct Running {
    helper: Helper,
    namespace: OwnedFd,
    /// Ends the program when dropped; always there until then.
    process: Option<Process>,
}

impl Drop for Running {
    /// The kernel takes some thirty milliseconds to take a network apart, which nobody has to wait for.
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            process.end();
            // Where no thread can be had, dropping the process here waits after all.
            let _ = thread::Builder::new().spawn(move || drop(process));
        }
    }
}

impl PrivateNetwork {
    /// Makes a namespace and connects it with the first helper that works; fails with the reason of the first
    /// that is installed. Takes some ten milliseconds; needs [`crate::init`] in `main`, and either real root or
    /// a namespace from [`crate::enter_user_namespace`].
    pub fn start() -> Result<Self, SandboxError> {
        let mut failure = None;
        for helper in Helper::ALL.into_iter().filter(|helper| helper.is_installed()) {
            match Self::start_with(helper) {
                Ok(network) => return Ok(network),
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        Err(failure
            .unwrap_or_else(|| missing("neither `pasta` (package `passt`) nor `slirp4netns` is installed")))
    }

    /// The same with one helper.
    pub fn start_with(helper: Helper) -> Result<Self, SandboxError> {
        let name = helper.name();
        let program = tool(name).ok_or_else(|| missing(&format!("`{name}` is not installed")))?;
        let null = openat(CWD, "/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty());
        let null = null.context("open", "/dev/null")?;
        let streams = [(null.as_fd(), 0), (null.as_fd(), 1), (null.as_fd(), 2)];
        let arguments = helper.arguments(crate::link::NAMESPACE_PATH);
        let process = Process::start(&streams, &Request::Network { program, arguments }, &[])
            .context("start the network", name)?;
        match message::receive_with_file(process.socket()) {
            Ok((Report::Connected, Some(file))) => {
                let namespace =
                    fcntl_dupfd_cloexec(&file, OUT_OF_THE_WAY).context("keep the network", name)?;
                let running = Running { helper, namespace, process: Some(process) };
                Ok(Self { resolver: helper.resolver(), running: Some(Arc::new(running)) })
            }
            Ok((Report::Failed(error), _)) => Err(error.with_kind(ErrorKind::NoNetwork)),
            _ => Err(died()),
        }
    }

    /// The helper that connects it.
    pub fn helper(&self) -> Option<Helper> {
        self.running.as_ref().map(|running| running.helper)
    }

    /// Whether both are the same namespace.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (&self.running, &other.running) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }

    /// What init knows about it.
    pub(crate) const fn seen_by_init(resolver: Ipv4Addr) -> Self {
        Self { resolver, running: None }
    }

    /// The namespace to enter.
    pub(crate) fn namespace(&self) -> Option<BorrowedFd<'_>> {
        self.running.as_ref().map(|running| running.namespace.as_fd())
    }
}

impl fmt::Debug for PrivateNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateNetwork").field("helper", &self.helper()).finish_non_exhaustive()
    }
}

fn missing(detail: &str) -> SandboxError {
    SandboxError::new(ErrorKind::NoNetwork, "give steps a network of their own", detail)
}
