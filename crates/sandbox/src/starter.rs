//! Starts steps. While one runs, the process of the next is made ready, which then has only to be told what to run.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::{Context as _, SandboxError};
use crate::message::Request;
use crate::spawn::{self, Outputs, Process};
use crate::spec::{Exit, Network, Security, Spec, Stream};
use crate::{Cancel, exec, limits, seccomp};

/// Starts the steps of a build, one after the other or side by side.
#[derive(Default)]
pub struct Starter {
    ready: Mutex<Option<Ready>>,
    /// What is left of steps that have ended, to be waited for when there is time.
    ended: Mutex<Vec<Process>>,
}

/// A process that waits for a step of the same kind as the one it was made beside.
struct Ready {
    process: Process,
    outputs: Outputs,
    network: Network,
}

impl Ready {
    fn fits(&self, spec: &Spec) -> bool {
        can_wait(spec) && self.network.is_same(&spec.network)
    }
}

/// Whether a process can be made ready for steps like this one: others are rare.
fn can_wait(spec: &Spec) -> bool {
    !spec.tty && spec.emulation.is_none() && spec.streams == crate::Streams::default()
}

impl Starter {
    /// As [`spawn`]. `more` says that another step will follow, which is likely to have the same network.
    pub fn spawn(
        &self,
        spec: &Spec,
        out: &mut dyn FnMut(Stream, &[u8]),
        cancel: &Cancel,
        more: bool,
    ) -> Result<Exit, SandboxError> {
        exec::validate(spec)?;
        limits::validate(&spec.limits.ulimits)?;
        let filter = if spec.security == Security::Sandbox { seccomp::filter().to_vec() } else { Vec::new() };
        let request = Request::Run { spec: Box::new(spec.clone()), filter };
        // From here on signals wait for the step: it can have told the world that it runs before this thread goes on.
        let listening = cancel.listen();
        let (process, outputs) = match self.take(spec, &request) {
            Some(ready) => (ready.process, ready.outputs),
            None => spawn::start(spec, &request).context("start the sandbox", "")?,
        };
        drop(request);
        // Only when this one is on its way: it would wait for a processor that makes the next one ready.
        let mut begun = || {
            locked(&self.ended).clear();
            if more && can_wait(spec) {
                self.make_ready(spec);
            }
        };
        let outcome = spawn::follow(process, outputs, spec, out, &mut begun, cancel);
        drop(listening);
        let (outcome, process) = outcome?;
        locked(&self.ended).push(process);
        outcome.into_exit(cancel)
    }

    /// The process that waits, when it fits and is still there to be told what to run.
    fn take(&self, spec: &Spec, request: &Request) -> Option<Ready> {
        let ready = locked(&self.ready).take_if(|ready| ready.fits(spec))?;
        ready.process.ask(request).ok().map(|()| ready)
    }

    /// Makes a process ready unless one is. When none can be had, the next step will say why.
    fn make_ready(&self, spec: &Spec) {
        if locked(&self.ready).as_ref().is_some_and(|ready| ready.fits(spec)) {
            return;
        }
        let network = spec.network.clone();
        let request = Request::Wait { own_network: matches!(network, Network::None) };
        let ready = spawn::start(spec, &request).ok();
        let ready = ready.map(|(process, outputs)| Ready { process, outputs, network });
        let old = std::mem::replace(&mut *locked(&self.ready), ready);
        drop(old);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs one process in the sandbox and blocks until it has ended, with everything it started.
///
/// Captured output goes to `out` line by line, each with its line feed (a last line may lack it, and lines
/// over 64 KiB come in pieces). Setting `cancel` kills the process. Needs [`crate::init`] in `main`, and
/// either real root or a namespace from [`crate::enter_user_namespace`].
///
/// Fails when the sandbox could not be set up. A program that cannot be executed is not an error but an
/// [`Exit`] with `exec_error`.
pub fn spawn(spec: &Spec, out: &mut dyn FnMut(Stream, &[u8]), cancel: &Cancel) -> Result<Exit, SandboxError> {
    Starter::default().spawn(spec, out, cancel, false)
}
