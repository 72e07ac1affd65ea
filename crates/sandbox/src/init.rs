//! The process between the caller and the step: started from the caller's own program, it makes the
//! namespaces, starts process 1 inside, and outlives it to report. When the caller goes away, however it ends,
//! it kills the step, and with process 1 all of it dies.

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::{Errno, FdFlags, fcntl_setfd};
use rustix::net::{RecvFlags, recv};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open, setsid};
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use seccompiler::sock_filter;

use crate::cgroup::Group;
use crate::error::{Context as _, SandboxError};
use crate::message::{Ended, Report, Request, receive, send};
use crate::spec::{Network, Spec, Usage};
use crate::sys::{self, Fork};
use crate::{deliver, emulate, enter, link, probe};

/// The name under which the program starts itself as init.
pub(crate) const NAME: &std::ffi::CStr = c"cooper-init";
/// The number of the control socket's descriptor in the new process.
pub(crate) const SOCKET: i32 = 3;
/// The number of the network namespace's descriptor, when there is one.
pub(crate) const NAMESPACE: i32 = 4;
/// The number of the descriptor of the user namespace with an emulator, when there is one.
pub(crate) const EMULATION: i32 = 5;

/// Becomes the sandbox's init when this process was started as one, and then never returns; else returns
/// at once. Must be the very first thing `main` does, before threads, signal handlers or arguments.
pub fn init() {
    let named = std::env::args_os().next().is_some_and(|name| name.as_bytes() == NAME.to_bytes());
    if !named {
        return;
    }
    // Started under this name by something else, there is no socket, and the program runs as itself.
    if let Some(socket) = sys::take_socket(SOCKET) {
        sys::exit_now(serve(&socket));
    }
}

fn serve(socket: &OwnedFd) -> i32 {
    let socket = socket.as_fd();
    // A failure here shows up as one of the following calls failing.
    let _ = fcntl_setfd(socket, FdFlags::CLOEXEC);
    // A session of its own: keys pressed in the caller's terminal are the caller's business.
    let _ = setsid();
    let mut request = receive(socket);
    let mut own_network = false;
    if let Ok(Request::Wait { own_network: wanted }) = request {
        // Where this fails, it fails again when the step is there to tell it.
        own_network = wanted && sys::unshare(libc::CLONE_NEWNET).is_ok() && sys::loopback_up().is_ok();
        request = receive(socket);
    }
    let report = match request {
        Ok(Request::Run { spec, filter }) => match run(&spec, &filter, socket, own_network) {
            Ok(ended) => Report::Ended(ended),
            Err(error) => Report::Failed(error),
        },
        Ok(Request::Network { program, arguments }) => match link::serve(&program, &arguments, socket) {
            Ok(()) => return 0,
            Err(error) => Report::Failed(error),
        },
        Ok(Request::Emulate { line }) => match emulate::serve(&line, socket) {
            Ok(()) => return 0,
            Err(error) => Report::Failed(error),
        },
        Ok(Request::Probe) => Report::Probed(probe::try_all().err()),
        // The caller is gone, or does not know what it wants.
        Ok(Request::Wait { .. }) | Err(_) => return 1,
    };
    i32::from(send(socket, &report).is_err())
}

/// `own_network` says that this process is in a network namespace of its own already.
fn run(
    spec: &Spec,
    filter: &[sock_filter],
    socket: BorrowedFd<'_>,
    own_network: bool,
) -> Result<Ended, SandboxError> {
    let (group, warnings) = Group::join(&spec.limits);
    for warning in warnings {
        send(socket, &Report::Warning(warning)).context("report", "")?;
    }
    if matches!(spec.network, Network::Private(_)) {
        enter_network()?;
    }
    let started = Instant::now();
    let child = match sys::fork_into(namespaces(spec, own_network)).context("create namespaces", "")? {
        Fork::Child => sys::exit_now(enter::run(spec, filter, socket, own_network)),
        Fork::Parent(pid) => pid,
    };
    group.leave();
    // So that the streams end with the step, and not with this process.
    let_go_of_streams().context("let go of the streams", "")?;
    let ended = follow(child, socket, started);
    drop(group);
    ended
}

fn let_go_of_streams() -> Result<(), Errno> {
    let null = openat(CWD, "/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())?;
    dup2_stdin(&null)?;
    dup2_stdout(&null)?;
    dup2_stderr(&null)
}

/// Enters the network namespace that came with this process.
fn enter_network() -> Result<(), SandboxError> {
    let namespace = sys::take_file(NAMESPACE).ok_or(Errno::BADF).context("find the network namespace", "")?;
    move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))
        .context("enter the network namespace", "")
}

fn namespaces(spec: &Spec, own_network: bool) -> i32 {
    let always = libc::CLONE_NEWNS
        | libc::CLONE_NEWPID
        | libc::CLONE_NEWIPC
        | libc::CLONE_NEWUTS
        | libc::CLONE_NEWCGROUP;
    always | if matches!(spec.network, Network::None) && !own_network { libc::CLONE_NEWNET } else { 0 }
}

/// Waits for the step; kills it when the caller closes the socket, and passes signals on.
fn follow(child: Pid, socket: BorrowedFd<'_>, started: Instant) -> Result<Ended, SandboxError> {
    let process = pidfd_open(child, PidfdFlags::empty()).context("watch the process", "")?;
    let mut ended_by = None;
    loop {
        let mut events =
            [PollFd::new(&process, PollFlags::IN), PollFd::from_borrowed_fd(socket, PollFlags::IN)];
        match poll(&mut events, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error).context("wait for the process", ""),
        }
        if !events[0].revents().is_empty() {
            break;
        }
        if !events[1].revents().is_empty() {
            let mut signals = [0; 16];
            let count = recv(socket, &mut signals, RecvFlags::empty()).map_or(0, |(count, _)| count);
            // The end of the socket.
            if count == 0 {
                kill_process(child, Signal::KILL).context("end the process", "")?;
                break;
            }
            for signal in &signals[..count] {
                ended_by = ended_by.or(deliver::deliver(child, *signal).context("pass a signal on", "")?);
            }
        }
    }
    let (mut status, mut usage) = sys::wait(child).context("wait for the process", "")?;
    if let Some(signal) = ended_by.filter(|_| status == Signal::KILL.as_raw()) {
        // As the status of a process that the signal itself has ended.
        status = signal;
    }
    usage.wall = started.elapsed();
    transfers(&mut usage);
    Ok(Ended { status, usage })
}

/// Adds what the step read and wrote: the kernel counts for a process what children did that it has waited for, and this one
/// has waited for the step alone, which waited for all that was left of it.
fn transfers(usage: &mut Usage) {
    let counts = std::fs::read_to_string("/proc/self/io").unwrap_or_default();
    let count = |name: &str| {
        let value =
            counts.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')?.trim().parse().ok());
        value.unwrap_or_default()
    };
    (usage.read, usage.written) = (count("rchar"), count("wchar"));
    (usage.disk_read, usage.disk_written) = (count("read_bytes"), count("write_bytes"));
}
