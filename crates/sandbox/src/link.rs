//! The process that holds a network of steps: makes the namespace, starts the program that connects it, and
//! ends both when the caller goes away, however it ends.

use std::ffi::CString;
use std::fs;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;
use rustix::mount::{MountPropagationFlags, mount_bind, mount_change};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open, set_parent_process_death_signal};
use rustix::stdio::dup2_stderr;

use crate::error::{Context as _, ErrorKind, SandboxError};
use crate::fsmount::{self, DATA_ONLY};
use crate::message::{Report, send_with_file};
use crate::overlay::open_directory;
use crate::sys::{self, Fork};

/// Where the program finds the namespace. The helpers give up the right to look at the descriptors or
/// namespaces of other processes before they open it, so it gets a name, in a file system that only they see.
pub(crate) const NAMESPACE_PATH: &str = "/tmp/net";
const NAMESPACE_DIRECTORY: &str = "/tmp";
/// This process's own network namespace.
const OWN_NAMESPACE: &str = "/proc/self/ns/net";
/// How long the program may take until the network is there; usually it takes hundredths of a second.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often is looked whether it is.
const GLANCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 500_000 };

/// Connects a new namespace, sends it to the caller, and keeps it up until the caller goes away.
pub(crate) fn serve(program: &str, arguments: &[String], socket: BorrowedFd<'_>) -> Result<(), SandboxError> {
    make_room()?;
    let (complaints, theirs) =
        pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK).context("make a pipe", "")?;
    let (start, started) = pipe_with(PipeFlags::CLOEXEC).context("make a pipe", "")?;
    // It stays outside of the namespace: an ordinary user cannot leave one for the host's.
    let child = match sys::fork_into(0).context("start", program)? {
        Fork::Child => {
            drop(started);
            sys::exit_now(become_helper(program, arguments, &start, &theirs))
        }
        Fork::Parent(pid) => pid,
    };
    drop((theirs, start));
    let connect = || {
        let inside = make_namespace()?;
        rustix::io::write(&started, &[1]).context("start", program)?;
        if wait_until_connected(child, program, &complaints, socket)? {
            send_with_file(socket, &Report::Connected, inside.as_fd()).context("report", "")?;
            wait_for_end(socket).context("wait for the end", "")?;
        }
        Ok(())
    };
    let served = connect();
    // It may have ended by itself.
    let _ = kill_process(child, Signal::KILL);
    let _ = sys::wait(child);
    served
}

/// Makes room for the namespace's name, which only this process and its children can see.
fn make_room() -> Result<(), SandboxError> {
    sys::unshare(libc::CLONE_NEWNS).context("create mount namespace", "")?;
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change("/", private).context("make mounts private", "/")?;
    let memory = fsmount::filesystem("tmpfs", &[("mode", "755")], DATA_ONLY).context("mount", "tmpfs")?;
    fsmount::attach(&memory, open_directory(NAMESPACE_DIRECTORY.as_ref())?)
        .context("mount", NAMESPACE_DIRECTORY)?;
    fs::write(NAMESPACE_PATH, "").context("write", NAMESPACE_PATH)
}

/// Makes and enters the namespace, and gives it its name.
fn make_namespace() -> Result<OwnedFd, SandboxError> {
    sys::unshare(libc::CLONE_NEWNET).context("create network namespace", "")?;
    sys::loopback_up().context("bring up the loopback interface", "")?;
    mount_bind(OWN_NAMESPACE, NAMESPACE_PATH).context("mount", NAMESPACE_PATH)?;
    openat(CWD, OWN_NAMESPACE, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).context("open", OWN_NAMESPACE)
}

/// Runs in the child, once it is told: an exit status, when the program could not be executed.
fn become_helper(program: &str, arguments: &[String], start: &OwnedFd, complaints: &OwnedFd) -> i32 {
    let text = |text: &str| CString::new(text).unwrap_or_default();
    let arguments: Vec<CString> = arguments.iter().map(|argument| text(argument)).collect();
    let tied = set_parent_process_death_signal(Some(Signal::KILL)).and_then(|()| dup2_stderr(complaints));
    // End of file: the namespace could not be made.
    if tied.is_ok() && matches!(rustix::io::read(start, &mut [0; 1]), Ok(1)) {
        sys::restore_broken_pipe_signal();
        let _ = sys::close_on_exec_from(3);
        let _ = sys::execute(&text(program), &arguments, &[]);
    }
    127
}

/// Waits for a way out of the namespace; `false` when the caller has gone away meanwhile.
fn wait_until_connected(
    child: Pid,
    program: &str,
    complaints: &OwnedFd,
    socket: BorrowedFd<'_>,
) -> Result<bool, SandboxError> {
    let process = pidfd_open(child, PidfdFlags::empty()).context("watch the process", "")?;
    let failed = |why: &str| {
        let said = complaint(complaints);
        let detail = if said.is_empty() { why.to_owned() } else { format!("{why}: {said}") };
        let name = program.rsplit('/').next().unwrap_or(program);
        SandboxError::new(
            ErrorKind::NoNetwork,
            "give steps a network of their own",
            format!("`{name}` {detail}"),
        )
    };
    let started = Instant::now();
    while !has_way_out() {
        if started.elapsed() > PATIENCE {
            return Err(failed("made no network in time"));
        }
        let mut events =
            [PollFd::new(&process, PollFlags::IN), PollFd::from_borrowed_fd(socket, PollFlags::IN)];
        match poll(&mut events, Some(&GLANCE)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error).context("wait for the network", ""),
        }
        if !events[0].revents().is_empty() {
            return Err(failed("ended"));
        }
        if !events[1].revents().is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether there is a route to everywhere.
fn has_way_out() -> bool {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    has_default_route(&read("/proc/self/net/route")) || has_default_route6(&read("/proc/self/net/ipv6_route"))
}

/// In the text of `/proc/net/route`: interface, destination, gateway, flags, …
fn has_default_route(text: &str) -> bool {
    text.lines().skip(1).any(|line| line.split_whitespace().nth(1) == Some("00000000"))
}

/// In the text of `/proc/net/ipv6_route`: destination, prefix length, …, interface. The loopback interface always
/// has an entry that rejects everything.
fn has_default_route6(text: &str) -> bool {
    text.lines().any(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        fields.get(1) == Some(&"00") && fields.last().is_some_and(|interface| *interface != "lo")
    })
}

/// The last thing that a program has said, other than that there is nobody to keep its log.
fn complaint(pipe: &OwnedFd) -> String {
    let mut text = vec![0; 16 << 10];
    let count = rustix::io::read(pipe, &mut text).unwrap_or_default();
    let text = String::from_utf8_lossy(&text[..count]).into_owned();
    let mut lines = text.lines().rev().map(str::trim);
    let line = lines.find(|line| !line.is_empty() && !line.ends_with("to syslog")).unwrap_or_default();
    line.chars().filter(|letter| !letter.is_control()).take(200).collect()
}

pub(crate) fn wait_for_end(socket: BorrowedFd<'_>) -> Result<(), Errno> {
    loop {
        match poll(&mut [PollFd::from_borrowed_fd(socket, PollFlags::IN)], None) {
            Err(Errno::INTR) => {}
            ended => return ended.map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_route_is_found() {
        const HEAD: &str = "Iface\tDestination\tGateway \tFlags\n";
        let check =
            |line: &str, expect: bool| assert_eq!(has_default_route(&format!("{HEAD}{line}")), expect);
        check("", false);
        check("eth0\t0002000A\t00000000\t0001\n", false);
        check("eth0\t0002000A\t00000000\t0001\neth0\t00000000\t0202000A\t0003\n", true);
        let zero = "00000000000000000000000000000000";
        let check6 = |prefix: &str, interface: &str| {
            has_default_route6(&format!(
                "{zero} {prefix} {zero} 00 {zero} ffffffff 00000001 00000000 00200200 {interface}\n"
            ))
        };
        assert!(check6("00", "eth0"));
        assert!(!check6("00", "lo"));
        assert!(!check6("40", "eth0"));
    }
}
