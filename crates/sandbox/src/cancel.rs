//! A flag that ends a running step from another thread or from a signal handler, or passes a signal on to it.

use std::os::fd::AsFd as _;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};

/// How often a flag that cannot wake anyone is looked at.
const GLANCE: Duration = Duration::from_millis(100);

/// Ends the steps it was given to once it is set; clones share the flag.
#[derive(Debug, Clone)]
pub struct Cancel(Arc<Flag>);

#[derive(Debug)]
struct Flag {
    set: AtomicBool,
    /// Signals to pass on, each the bit of its number.
    signals: AtomicU64,
    /// Steps that run with this flag.
    listeners: AtomicUsize,
    /// Wakes waiting steps at once. Without it (no free descriptor) they look at the flag now and then.
    wake: Option<OwnedFd>,
}

impl Cancel {
    /// A flag that is not set.
    pub fn new() -> Self {
        let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).ok();
        let (signals, listeners) = (AtomicU64::new(0), AtomicUsize::new(0));
        Self(Arc::new(Flag { set: AtomicBool::new(false), signals, listeners, wake }))
    }

    /// Sets the flag, for good. Safe to call in a signal handler.
    pub fn set(&self) {
        self.0.set.store(true, Ordering::SeqCst);
        self.wake();
    }

    /// Whether the flag is set.
    pub fn is_set(&self) -> bool {
        self.0.set.load(Ordering::SeqCst)
    }

    /// Blocks until the flag is set.
    pub fn wait(&self) {
        while !self.is_set() {
            let Some(wake) = self.wake_fd() else {
                thread::sleep(GLANCE);
                continue;
            };
            // Whatever ends the wait, the flag says whether it was the one waited for.
            let _ = poll(&mut [PollFd::from_borrowed_fd(wake, PollFlags::IN)], None);
        }
    }

    /// Passes a signal on to the step that runs with this flag (to one of them, when there are several); `false`
    /// when there is none. What the process does not handle ends it. Safe to call in a signal handler.
    pub fn pass_on(&self, signal: i32) -> bool {
        let Some(bit) = u32::try_from(signal).ok().and_then(|number| 1_u64.checked_shl(number)) else {
            return false;
        };
        if self.0.listeners.load(Ordering::SeqCst) == 0 {
            return false;
        }
        self.0.signals.fetch_or(bit, Ordering::SeqCst);
        self.wake();
        true
    }

    fn wake(&self) {
        if let Some(wake) = &self.0.wake {
            // A failed write means that the counter is full, so a wake-up is already waiting.
            let _ = rustix::io::write(wake, &1_u64.to_ne_bytes());
        }
    }

    /// Becomes readable when the flag is set or a signal waits.
    pub(crate) fn wake_fd(&self) -> Option<BorrowedFd<'_>> {
        self.0.wake.as_ref().map(OwnedFd::as_fd)
    }

    /// A step runs with this flag, until the value is dropped.
    pub(crate) fn listen(&self) -> Listening<'_> {
        self.0.listeners.fetch_add(1, Ordering::SeqCst);
        Listening(self)
    }

    /// The numbers of the signals to pass on, which then are the caller's to deliver.
    pub(crate) fn take_signals(&self) -> Vec<u8> {
        if self.0.signals.load(Ordering::SeqCst) == 0 {
            return Vec::new();
        }
        // The wake-up is taken first: a signal that comes in between brings another one.
        if let Some(wake) = &self.0.wake {
            let _ = rustix::io::read(wake, &mut [0; 8]);
        }
        let waiting = self.0.signals.swap(0, Ordering::SeqCst);
        (0..64).filter(|number| waiting >> number & 1 == 1).collect()
    }
}

impl Default for Cancel {
    fn default() -> Self {
        Self::new()
    }
}

/// A step that takes signals.
pub(crate) struct Listening<'a>(&'a Cancel);

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        self.0.0.listeners.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_wait_for_a_step_and_are_taken_once() {
        let cancel = Cancel::new();
        assert!(!cancel.pass_on(15), "nobody is there to take it");
        let step = cancel.listen();
        assert!(cancel.pass_on(2) && cancel.pass_on(15) && cancel.pass_on(2));
        assert_eq!(cancel.take_signals(), [2, 15]);
        assert_eq!(cancel.take_signals(), [0_u8; 0]);
        assert!(!cancel.pass_on(64) && !cancel.pass_on(-1), "there is no such signal");
        drop(step);
        assert!(!cancel.pass_on(2));
        assert!(!cancel.is_set());
    }

    #[test]
    fn waiting_ends_when_the_flag_is_set() {
        let cancel = Cancel::new();
        let other = cancel.clone();
        let waiter = thread::spawn(move || other.wait());
        cancel.set();
        waiter.join().unwrap();
    }
}
