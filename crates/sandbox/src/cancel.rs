//! A flag that ends a running step from another thread or from a signal handler.

use std::os::fd::AsFd as _;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{EventfdFlags, eventfd};

/// Ends the steps it was given to once it is set; clones share the flag.
#[derive(Debug, Clone)]
pub struct Cancel(Arc<Flag>);

#[derive(Debug)]
struct Flag {
    set: AtomicBool,
    /// Wakes waiting steps at once. Without it (no free descriptor) they look at the flag now and then.
    wake: Option<OwnedFd>,
}

impl Cancel {
    /// A flag that is not set.
    pub fn new() -> Self {
        let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).ok();
        Self(Arc::new(Flag { set: AtomicBool::new(false), wake }))
    }

    /// Sets the flag, for good. Safe to call in a signal handler.
    pub fn set(&self) {
        self.0.set.store(true, Ordering::SeqCst);
        if let Some(wake) = &self.0.wake {
            // A failed write means that the counter is full, so a wake-up is already waiting.
            let _ = rustix::io::write(wake, &1_u64.to_ne_bytes());
        }
    }

    /// Whether the flag is set.
    pub fn is_set(&self) -> bool {
        self.0.set.load(Ordering::SeqCst)
    }

    /// Becomes readable when the flag is set.
    pub(crate) fn wake_fd(&self) -> Option<BorrowedFd<'_>> {
        self.0.wake.as_ref().map(OwnedFd::as_fd)
    }
}

impl Default for Cancel {
    fn default() -> Self {
        Self::new()
    }
}
