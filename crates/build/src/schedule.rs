//! Which node is done when: each as soon as what it needs is there, several at once.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

use plan::{Node, NodeId};

use crate::engine::{Chain, Engine};
use crate::{BuildError, EventKind};

/// How far a run is.
pub(crate) struct Progress {
    pub(crate) chains: Vec<Option<Chain>>,
    pub(crate) started: Vec<bool>,
    pub(crate) running: usize,
    pub(crate) error: Option<BuildError>,
}

impl Engine<'_> {
    /// Does all nodes, as many at once as are wanted.
    pub(crate) fn dispatch(&self, progress: &Mutex<Progress>, changed: &Condvar) {
        thread::scope(|scope| {
            let mut state = progress.lock().unwrap_or_else(PoisonError::into_inner);
            loop {
                match self.startable(&state) {
                    Some(id) => {
                        state.started[id.0] = true;
                        state.running += 1;
                        scope.spawn(move || self.work(id, progress, changed));
                    }
                    _ if state.running == 0 => break,
                    _ => state = changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                }
            }
            if self.options.cancel.is_set() && state.error.is_none() {
                state.error = Some(BuildError::environment("the build was interrupted"));
            }
        });
    }

    /// A node that can be begun now.
    fn startable(&self, state: &Progress) -> Option<NodeId> {
        let failed = state.error.is_some() || self.options.cancel.is_set();
        let full = state.running >= self.options.jobs.max(1);
        if failed || full { None } else { self.next(state) }
    }

    fn next(&self, state: &Progress) -> Option<NodeId> {
        let ready = |node: &Node| node.needs().iter().all(|need| state.chains[need.0].is_some());
        let mut nodes = self.plan.nodes.iter().enumerate();
        nodes.find(|(at, node)| !state.started[*at] && ready(node)).map(|(at, _)| NodeId(at))
    }

    /// Does a node, and then whichever can be done next: another thread would have to be woken for it.
    fn work(&self, mut id: NodeId, progress: &Mutex<Progress>, changed: &Condvar) {
        loop {
            let chains = self.needed(id, &progress.lock().unwrap_or_else(PoisonError::into_inner).chains);
            let result =
                self.metered(id, || self.node(id, &chains)).inspect(|chain| self.trace.finished(id, chain));
            let mut state = progress.lock().unwrap_or_else(PoisonError::into_inner);
            state.running -= 1;
            match result {
                Ok(chain) => state.chains[id.0] = Some(chain),
                Err(error) => {
                    // When a cache did not keep what it promised, the build begins again and needs what still runs.
                    if self.options.imports.lost() == self.lost {
                        self.event(id, EventKind::Failed);
                        self.options.cancel.set();
                    }
                    state.error.get_or_insert(error);
                }
            }
            let next = self.startable(&state);
            if let Some(next) = next {
                state.started[next.0] = true;
                state.running += 1;
            }
            // Who waits finds more to be done, or the end.
            let more = self.startable(&state).is_some() || state.running == 0;
            drop(state);
            if more {
                changed.notify_all();
            }
            let Some(next) = next else { return };
            id = next;
        }
    }

    /// The file systems that a node needs.
    fn needed(&self, id: NodeId, chains: &[Option<Chain>]) -> BTreeMap<NodeId, Chain> {
        let needs = self.plan.nodes[id.0].needs().into_iter();
        needs.filter_map(|need| Some((need, chains[need.0].clone()?))).collect()
    }
}
