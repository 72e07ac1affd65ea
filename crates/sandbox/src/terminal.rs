//! A pseudo-terminal for a step: opened inside, where the step's own terminals are, and relayed outside.

use std::io;
use std::os::fd::{AsFd as _, BorrowedFd};

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::process::ioctl_tiocsctty;
use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer, unlockpt};
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};
use rustix::termios::{
    OptionalActions, Termios, Winsize, isatty, tcgetattr, tcgetwinsize, tcsetattr, tcsetwinsize,
};

use crate::message::{Report, send_with_file};

/// Opens a terminal in the new root, makes it this session's and the standard streams', and sends its other
/// side to the calling process.
pub(crate) fn open(socket: BorrowedFd<'_>) -> io::Result<()> {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let control = openat(CWD, "/dev/pts/ptmx", flags, Mode::empty())?;
    unlockpt(&control)?;
    let terminal =
        ioctl_tiocgptpeer(&control, OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    ioctl_tiocsctty(&terminal)?;
    dup2_stdin(&terminal)?;
    dup2_stdout(&terminal)?;
    dup2_stderr(&terminal)?;
    send_with_file(socket, &Report::Terminal, control.as_fd())
}

/// The calling process's own terminal, set to pass every key on; restored when dropped.
pub(crate) struct RawMode(Termios);

impl RawMode {
    /// Changes the terminal on standard input, if there is one.
    pub(crate) fn enable() -> Option<Self> {
        let input = rustix::stdio::stdin();
        if !isatty(input) {
            return None;
        }
        let before = tcgetattr(input).ok()?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(input, OptionalActions::Drain, &raw).ok()?;
        Some(Self(before))
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        // A terminal that is gone needs no restoring.
        let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Drain, &self.0);
    }
}

/// Gives the step's terminal the size of the caller's, when that is another than `last`; the current size.
pub(crate) fn follow_size(control: BorrowedFd<'_>, last: Option<Winsize>) -> Option<Winsize> {
    let now = tcgetwinsize(rustix::stdio::stdout()).ok()?;
    let same = last.is_some_and(|last| (last.ws_row, last.ws_col) == (now.ws_row, now.ws_col));
    if !same {
        // A terminal that was just closed has no size to set.
        let _ = tcsetwinsize(control, now);
    }
    Some(now)
}
