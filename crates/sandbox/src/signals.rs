//! What the program does when it is asked to end.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Context as _, SandboxError};
use crate::{Cancel, sys};

/// Requests to end: from the keyboard, from a supervisor, from a terminal that went away.
const ENDING: [i32; 3] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP];
/// The same, and what programs use for purposes of their own.
const PASSED_ON: [i32; 6] =
    [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT, libc::SIGUSR1, libc::SIGUSR2];

/// What to do about a signal; written once, read by the handler.
static REACTION: OnceLock<Reaction> = OnceLock::new();
static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static BY_KEYBOARD: AtomicBool = AtomicBool::new(false);

enum Reaction {
    /// Set the flag.
    Cancel(&'static Cancel),
    /// Pass the signal on to the step that runs with this flag.
    PassOn(&'static Cancel),
}

/// From now on SIGINT, SIGTERM and SIGHUP set the flag, which ends its steps; [`interrupted`] tells that it was
/// a signal. A second SIGINT ends this process at once, with exit code 130.
///
/// What the parent process had this one ignore (`nohup`) stays ignored. The first call, of this function or of
/// [`pass_on_signals`], decides for the whole process.
pub fn cancel_on_signals(cancel: &'static Cancel) -> Result<(), SandboxError> {
    install(Reaction::Cancel(cancel), &ENDING)
}

/// From now on signals go to the step that runs with this flag; where it does not handle them they end it, as
/// they would outside of a sandbox (process 1 would otherwise not even notice). While no step runs they end
/// this process at once, with 128 and the number of the signal.
pub fn pass_on_signals(cancel: &'static Cancel) -> Result<(), SandboxError> {
    install(Reaction::PassOn(cancel), &PASSED_ON)
}

/// Whether a signal has set the flag of [`cancel_on_signals`].
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

fn install(reaction: Reaction, signals: &[i32]) -> Result<(), SandboxError> {
    REACTION.get_or_init(|| reaction);
    sys::handle_signals(signals, react).context("handle signals", "")
}

/// Runs in the signal handler: only atomic values and plain system calls.
fn react(signal: i32) {
    match REACTION.get() {
        Some(Reaction::Cancel(cancel)) => {
            if signal == libc::SIGINT && BY_KEYBOARD.swap(true, Ordering::SeqCst) {
                sys::exit_now(128 + signal);
            }
            INTERRUPTED.store(true, Ordering::SeqCst);
            cancel.set();
        }
        Some(Reaction::PassOn(cancel)) if !cancel.pass_on(signal) => sys::exit_now(128 + signal),
        Some(Reaction::PassOn(_)) | None => {}
    }
}
