//! Directories in another order than usual, for [`crate::Variation`]: calls that read one wait, are made here with the
//! caller's own descriptor, and what they give is handed over from the last name to the first. Whatever goes wrong on
//! the way, the kernel does the call as usual.

use std::ffi::CString;
use std::fs::{self, OpenOptions};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt as _;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, RawDir, SeekFrom, seek};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};

use crate::message::{Report, send, send_with_file};
use crate::seccomp;
use crate::sys::{self, Call};

/// More than this is not read at once.
const MOST: usize = 64 << 10;
/// Bytes of an entry before its name (`struct linux_dirent64`).
const HEAD: usize = 19;

/// Has the calls of this process and its children heard by the calling process; where the kernel does not allow it, that is
/// said.
pub(crate) fn listen(socket: BorrowedFd<'_>) -> io::Result<()> {
    match sys::install_listener(&seccomp::directories()) {
        Ok(listener) => send_with_file(socket, &Report::Listening, listener.as_fd()),
        Err(error) => {
            let text =
                format!("directories are read in their usual order, as the kernel allows no other: {error}");
            send(socket, &Report::Warning(text))
        }
    }
}

/// Hears the calls of a step.
pub(crate) struct Listener(pub(crate) OwnedFd);

impl Listener {
    /// Answers a call, if there is one; `false` once nobody can call any more.
    pub(crate) fn serve(&self) -> bool {
        let mut events = [PollFd::new(&self.0, PollFlags::IN)];
        if poll(&mut events, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_err() {
            return true;
        }
        let found = events[0].revents();
        if !found.contains(PollFlags::IN) {
            return !found.intersects(PollFlags::HUP | PollFlags::ERR);
        }
        // A caller that was killed meanwhile needs no answer.
        if let Ok(call) = sys::receive_call(self.0.as_fd()) {
            let count = self.reversed(&call).ok();
            let _ = sys::answer_call(self.0.as_fd(), &call, count);
        }
        true
    }

    /// Makes a call; the number of bytes that it gave.
    fn reversed(&self, call: &Call) -> io::Result<i64> {
        let [number, address, room, ..] = call.arguments;
        let group = group(call.thread)?;
        let process = pidfd_open(group, PidfdFlags::empty())?;
        let number = i32::try_from(number).map_err(io::Error::other)?;
        let directory = pidfd_getfd(&process, number, PidfdGetfdFlags::empty())?;
        let before = seek(&directory, SeekFrom::Current(0))?;
        let room = usize::try_from(room).unwrap_or(MOST).min(MOST);
        let given = read(&directory, room).and_then(|bytes| {
            // The memory of whoever has the number by now is not touched.
            if bytes.len() > room || !sys::is_waiting(self.0.as_fd(), call) {
                return Err(Errno::INTR.into());
            }
            let memory =
                OpenOptions::new().write(true).open(format!("/proc/{}/mem", group.as_raw_nonzero()))?;
            memory.write_all_at(&bytes, address)?;
            i64::try_from(bytes.len()).map_err(io::Error::other)
        });
        if given.is_err() {
            seek(&directory, SeekFrom::Start(before))?;
        }
        given
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// The process of a thread.
fn group(thread: u32) -> io::Result<Pid> {
    let status = fs::read_to_string(format!("/proc/{thread}/status"))?;
    let number = status.lines().find_map(|line| line.strip_prefix("Tgid:")?.trim().parse().ok());
    number.and_then(Pid::from_raw).ok_or_else(|| Errno::SRCH.into())
}

/// An entry of a directory.
struct Found {
    number: u64,
    kind: FileType,
    name: CString,
}

/// Reads a part of a directory; its entries from the last to the first, as the kernel lays them out. Positions stay, so
/// that a program that goes back to one finds what followed.
fn read(directory: &OwnedFd, room: usize) -> io::Result<Vec<u8>> {
    let mut space = vec![MaybeUninit::uninit(); room];
    let mut entries = RawDir::new(directory, &mut space);
    let (mut names, mut positions) = (Vec::new(), Vec::new());
    while let Some(entry) = entries.next() {
        let entry = entry?;
        positions.push(entry.next_entry_cookie());
        names.push(Found {
            number: entry.ino(),
            kind: entry.file_type(),
            name: entry.file_name().to_owned(),
        });
        if entries.is_buffer_empty() {
            break;
        }
    }
    let mut bytes = Vec::with_capacity(room);
    for (name, position) in names.iter().rev().zip(positions) {
        lay_out(name, position, &mut bytes);
    }
    Ok(bytes)
}

fn lay_out(entry: &Found, position: u64, bytes: &mut Vec<u8>) {
    let name = entry.name.as_bytes_with_nul();
    let length = (HEAD + name.len()).next_multiple_of(8);
    let end = bytes.len() + length;
    bytes.extend_from_slice(&entry.number.to_ne_bytes());
    bytes.extend_from_slice(&position.to_ne_bytes());
    bytes.extend_from_slice(&u16::try_from(length).unwrap_or_default().to_ne_bytes());
    bytes.push(kind(entry.kind));
    bytes.extend_from_slice(name);
    bytes.resize(end, 0);
}

const fn kind(kind: FileType) -> u8 {
    match kind {
        FileType::Fifo => libc::DT_FIFO,
        FileType::CharacterDevice => libc::DT_CHR,
        FileType::Directory => libc::DT_DIR,
        FileType::BlockDevice => libc::DT_BLK,
        FileType::RegularFile => libc::DT_REG,
        FileType::Symlink => libc::DT_LNK,
        FileType::Socket => libc::DT_SOCK,
        FileType::Unknown => libc::DT_UNKNOWN,
    }
}
