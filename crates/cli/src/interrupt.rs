//! What happens when the user, or the machine, asks the program to end.

use std::thread;
use std::time::Duration;

use app::AppError;

use crate::{exit, world};

/// How long work that does not look at the flag (a download, the writing of an image) may go on. Steps end at once.
const GRACE: Duration = Duration::from_secs(2);

/// Has SIGINT, SIGTERM and SIGHUP end a build in order: its steps are killed and its work is cleaned up. What does
/// not end by itself is ended after a moment, which the store survives.
#[expect(clippy::exit, reason = "the work that does not end by itself is on another thread")]
pub(crate) fn end_in_order() -> Result<(), AppError> {
    let cancel = world::cancel();
    sandbox::cancel_on_signals(cancel)?;
    thread::spawn(|| {
        cancel.wait();
        // A failed step sets the flag as well.
        if sandbox::interrupted() {
            thread::sleep(GRACE);
            report();
            std::process::exit(exit::INTERRUPTED.into());
        }
    });
    Ok(())
}

/// Has signals go to the process that `cooper run` runs.
pub(crate) fn pass_on() -> Result<(), AppError> {
    Ok(sandbox::pass_on_signals(world::cancel())?)
}

/// Says that the command did not finish.
pub(crate) fn report() {
    anstream::eprintln!("error: interrupted; the next build goes on from the steps that are done");
}
