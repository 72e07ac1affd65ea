//! `binfmt_misc`: what is registered, and registering.

use std::fs;
use std::io::Write as _;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use rustix::fs::{CWD, Dir, Mode, OFlags, openat};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, Signal, kill_process, set_parent_process_death_signal};

use super::Machine;
use crate::error::{Context as _, SandboxError};
use crate::fsmount::{self, DATA_ONLY};
use crate::link::wait_for_end;
use crate::message::{Report, send, send_with_file};
use crate::sys::{self, Fork};

/// Where systems mount it.
const USUAL: &str = "/proc/sys/fs/binfmt_misc";
const KIND: &str = "binfmt_misc";
/// Entries are short; a larger file is none.
const MAX_ENTRY: u64 = 4 << 10;

/// Whether an interpreter is registered for a machine that counts for this process's steps.
pub(super) fn is_registered(machine: &Machine) -> bool {
    let usual = openat(CWD, USUAL, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty());
    if usual.is_ok_and(|directory| takes(&directory, machine)) {
        return true;
    }
    // It need not be mounted to count; whoever may mount it sees the entries of the same namespace.
    fsmount::filesystem(KIND, &[], DATA_ONLY).is_ok_and(|mount| takes(&mount, machine))
}

fn takes(directory: &OwnedFd, machine: &Machine) -> bool {
    let Ok(entries) = Dir::read_from(directory) else { return false };
    entries.flatten().any(|entry| {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let Ok(file) = openat(directory, entry.file_name(), flags, Mode::empty()) else { return false };
        let bytes = kit::read_bounded(fs::File::from(file), MAX_ENTRY).unwrap_or_default();
        machine.is_taken_by(&String::from_utf8_lossy(&bytes))
    })
}

/// Registers an interpreter in this process's user namespace; the registration lasts as long as the file system that is
/// returned.
pub(super) fn register(line: &str) -> Result<OwnedFd, SandboxError> {
    let mount = fsmount::filesystem(KIND, &[], DATA_ONLY).context("mount", KIND)?;
    let file = openat(&mount, "register", OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty());
    let mut file = fs::File::from(file.context("open", "register")?);
    file.write_all(line.as_bytes()).context("register an emulator with the kernel", "")?;
    Ok(mount)
}

/// Makes a user namespace with a registration, sends it to the caller, and keeps it until the caller goes away.
pub(crate) fn serve(line: &str, socket: BorrowedFd<'_>) -> Result<(), SandboxError> {
    let (created, tell_created) = pipe_with(PipeFlags::CLOEXEC).context("make a pipe", "")?;
    let (mapped, tell_mapped) = pipe_with(PipeFlags::CLOEXEC).context("make a pipe", "")?;
    let child = match sys::fork_into(0).context("start the emulator's keeper", "")? {
        Fork::Child => {
            drop((created, tell_mapped));
            sys::exit_now(keep(line, &tell_created, &mapped, socket))
        }
        Fork::Parent(pid) => pid,
    };
    drop((tell_created, mapped));
    let served =
        map(child, &created, tell_mapped).and_then(|()| wait_for_end(socket).context("wait for the end", ""));
    // It may have ended by itself.
    let _ = kill_process(child, Signal::KILL);
    let _ = sys::wait(child);
    served
}

/// Maps every id to itself in the child's namespace, which only a process outside of it may.
fn map(child: Pid, created: &OwnedFd, tell_mapped: OwnedFd) -> Result<(), SandboxError> {
    if !matches!(rustix::io::read(created, &mut [0; 1]), Ok(1)) {
        // The child has said why.
        return Ok(());
    }
    for kind in ["uid_map", "gid_map"] {
        let path = format!("/proc/{}/{kind}", child.as_raw_nonzero());
        fs::write(&path, "0 0 4294967295").context("write", &path)?;
    }
    rustix::io::write(&tell_mapped, &[1]).context("tell the emulator's keeper", "")?;
    drop(tell_mapped);
    Ok(())
}

/// Runs in the child: an exit status.
fn keep(line: &str, tell_created: &OwnedFd, mapped: &OwnedFd, socket: BorrowedFd<'_>) -> i32 {
    match make(line, tell_created, mapped) {
        Ok((namespace, _mount)) => {
            if send_with_file(socket, &Report::Connected, namespace.as_fd()).is_err() {
                return 1;
            }
            // Until its parent ends it.
            loop {
                std::thread::park();
            }
        }
        Err(error) => {
            // When even this fails the caller sees the socket closed.
            let _ = send(socket, &Report::Failed(error));
            1
        }
    }
}

/// The namespace, and the file system that keeps the registration.
fn make(line: &str, tell_created: &OwnedFd, mapped: &OwnedFd) -> Result<(OwnedFd, OwnedFd), SandboxError> {
    set_parent_process_death_signal(Some(Signal::KILL)).context("tie to the parent process", "")?;
    sys::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNS).context("create user namespace", "")?;
    rustix::io::write(tell_created, &[1]).context("tell that the namespace is there", "")?;
    if !matches!(rustix::io::read(mapped, &mut [0; 1]), Ok(1)) {
        return Err(Errno::PERM).context("map user ids", "");
    }
    let mount = register(line)?;
    let path = "/proc/self/ns/user";
    let namespace =
        openat(CWD, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).context("open", path)?;
    Ok((namespace, mount))
}
