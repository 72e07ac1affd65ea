//! Programs of other machines: whether the kernel runs them here, and an emulator for them where it does not.
//!
//! The kernel passes such programs to an interpreter that is registered with `binfmt_misc`. Since Linux 6.7 each user
//! namespace can have registrations of its own. So where the system has none, one is made that only steps of this
//! process see: in the namespace of an ordinary user's process, or, as root, in one that the step enters as the last
//! thing before it becomes its program.

mod machine;
mod registry;

use std::fmt;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::fcntl_dupfd_cloexec;

use crate::error::{Context as _, ErrorKind, SandboxError};
use crate::message::{self, Report, Request};
use crate::network::OUT_OF_THE_WAY;
use crate::spawn::{Process, died};
use crate::userns;

use machine::Machine;
pub(crate) use registry::serve;

/// Where distributions install QEMU's programs.
const DIRECTORIES: [&str; 3] = ["/usr/bin", "/usr/local/bin", "/bin"];
/// Where Debian has them under names that tell them to keep the program's own name.
const NAME_KEEPERS: &str = "/usr/libexec/qemu-binfmt";

/// What to do where programs of another machine cannot be run.
pub const EMULATOR_HELP: &str = "install QEMU's static emulators (package `qemu-user-static`), or let the stage run on this \
     machine's platform with `FROM --platform=$BUILDPLATFORM` and compile for the other one";

/// An emulator that steps can use which are given it; clones share it.
#[derive(Clone)]
pub struct Emulation {
    /// Missing on the side of init.
    running: Option<Arc<Running>>,
    apart: bool,
}

/// Keeps the registration, each in its way.
enum Running {
    /// In this process's own user namespace, as long as its file system is there.
    Own { _mount: OwnedFd },
    /// In a namespace that another process keeps and steps enter.
    Apart { namespace: OwnedFd, _process: Process },
}

/// What runs programs of `architecture` (as in `GOARCH`) on a machine of the architecture `own`; `None` when the processor
/// does, or an emulator that the system has registered. Else one is looked for and registered for steps of this process
/// alone; the error says that there is none. Needs [`crate::init`] in `main`, and either real root or a namespace from
/// [`crate::enter_user_namespace`].
pub fn emulation(architecture: &str, own: &str) -> Result<Option<Emulation>, SandboxError> {
    if architecture == own || matches!((own, architecture), ("amd64", "386") | ("arm64", "arm")) {
        return Ok(None);
    }
    let unknown = "no emulator is known for it";
    let machine = Machine::of(architecture).ok_or_else(|| missing(architecture, unknown))?;
    if registry::is_registered(machine) {
        return Ok(None);
    }
    let (program, keeps_name) = emulator(machine).ok_or_else(|| {
        let detail =
            format!("neither is an emulator registered, nor is `qemu-{}-static` installed", machine.qemu);
        missing(architecture, &detail)
    })?;
    let line = machine.registration(&program.to_string_lossy(), keeps_name);
    start(&line).map(Some).map_err(|error| missing(architecture, &error.to_string()))
}

fn missing(architecture: &str, detail: &str) -> SandboxError {
    let step = format!("run programs for `{architecture}`");
    SandboxError::new(ErrorKind::NoEmulator, &step, detail)
}

/// An emulator that is there, and whether it passes the program's own name on.
fn emulator(machine: &Machine) -> Option<(PathBuf, bool)> {
    let keeper = Path::new(NAME_KEEPERS).join(format!("{}-binfmt-P", machine.qemu));
    if keeper.is_file() {
        return Some((keeper, true));
    }
    // One that is linked to libraries would look for them inside of the image.
    let name = format!("qemu-{}-static", machine.qemu);
    let found =
        DIRECTORIES.iter().map(|directory| Path::new(directory).join(&name)).find(|path| path.is_file());
    found.map(|path| (path, false))
}

fn start(line: &str) -> Result<Emulation, SandboxError> {
    let nested = userns::is_nested().context("read", "/proc/self/uid_map")?;
    let running = if nested { Running::Own { _mount: registry::register(line)? } } else { apart(line)? };
    Ok(Emulation { running: Some(Arc::new(running)), apart: !nested })
}

/// Has another process make a namespace with the registration.
fn apart(line: &str) -> Result<Running, SandboxError> {
    let null = openat(CWD, "/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty());
    let null = null.context("open", "/dev/null")?;
    let streams = [(null.as_fd(), 0), (null.as_fd(), 1), (null.as_fd(), 2)];
    let request = Request::Emulate { line: line.to_owned() };
    let process = Process::start(&streams, &request, &[]).context("start the emulator's keeper", "")?;
    match message::receive_with_file(process.socket()) {
        Ok((Report::Connected, Some(file))) => {
            let namespace = fcntl_dupfd_cloexec(&file, OUT_OF_THE_WAY).context("keep the emulator", "")?;
            Ok(Running::Apart { namespace, _process: process })
        }
        Ok((Report::Failed(error), _)) => Err(error),
        _ => Err(died()),
    }
}

impl Emulation {
    /// What init knows about it: whether there is a namespace to enter.
    pub(crate) const fn seen_by_init(apart: bool) -> Self {
        Self { running: None, apart }
    }

    /// Whether the step has to enter a namespace.
    pub(crate) const fn is_apart(&self) -> bool {
        self.apart
    }

    /// The namespace to enter, where there is one.
    pub(crate) fn namespace(&self) -> Option<BorrowedFd<'_>> {
        match self.running.as_deref() {
            Some(Running::Apart { namespace, .. }) => Some(namespace.as_fd()),
            _ => None,
        }
    }
}

impl fmt::Debug for Emulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulation").finish_non_exhaustive()
    }
}
