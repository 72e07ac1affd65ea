//! A build that is done again, without anything that is known of the first and in another sandbox, to see whether it gives the
//! same.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use image::Digest;
use plan::{NodeId, Op, Plan};
use sandbox::Spec;
use store::Work;

use crate::engine::{Chain, Engine};
use crate::{BuildError, Solved};

/// Host name of steps that are done again and name none.
const HOSTNAME: &str = "verify";

/// How a build is done again.
pub struct Repeat<'a> {
    /// What the first gave.
    pub first: &'a Solved,
    /// The steps that are done, each on what the first build gave them; none: all, on what is made now.
    pub only: Option<&'a BTreeSet<NodeId>>,
    /// Tells its cache mounts, which are empty at first, from those of others.
    pub mounts: &'a str,
    /// Processors that its steps may use, when these are fewer than in the first.
    pub processors: Option<usize>,
}

impl Repeat<'_> {
    /// The layers of a node that is not done again.
    pub(crate) fn given(&self, node: NodeId) -> Option<&Chain> {
        self.only.filter(|only| !only.contains(&node)).map(|_| self.first.chain(node))
    }

    /// The layers that others get of a node, whatever came out now.
    pub(crate) fn replaced(&self, node: NodeId) -> Option<&Chain> {
        self.only.map(|_| self.first.chain(node))
    }
}

/// A step that gave another layer than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Differs {
    /// The step.
    pub node: NodeId,
    /// The layer that it added in the first build.
    pub before: Option<Digest>,
    /// The one that it adds now.
    pub after: Option<Digest>,
    /// Whether what it works on was the same.
    pub same_input: bool,
}

/// The steps that gave another layer when a plan was done again, in its order.
pub fn differing(plan: &Plan, first: &Solved, second: &Solved) -> Vec<Differs> {
    let mut all = Vec::new();
    for (at, node) in plan.nodes.iter().enumerate() {
        let id = NodeId(at);
        let Some(after) = second.made().get(&id).copied() else { continue };
        let before = added(plan, first, id);
        if before != after {
            let same_input = node.needs().iter().all(|need| first.layers(*need) == second.layers(*need));
            all.push(Differs { node: id, before, after, same_input });
        }
    }
    all
}

/// The layer that a step added.
pub fn added(plan: &Plan, solved: &Solved, node: NodeId) -> Option<Digest> {
    let below = plan.nodes[node.0].input.map_or(0, |input| solved.layers(input).len());
    solved.layers(node).get(below).map(|layer| layer.id)
}

/// How many steps a plan has that run something or place files.
pub fn count_steps(plan: &Plan) -> usize {
    let is_step = |op: &Op| matches!(op, Op::Exec(_) | Op::Copy(_) | Op::Mkdir { .. });
    plan.nodes.iter().filter(|node| is_step(&node.op)).count()
}

impl Engine<'_> {
    /// Makes otherwise what a step may not depend on.
    pub(crate) fn vary(&self, spec: &mut Spec, has_hostname: bool, work: &Work) -> Result<(), BuildError> {
        let Some(repeat) = &self.options.repeat else { return Ok(()) };
        if !has_hostname {
            HOSTNAME.clone_into(&mut spec.hostname);
        }
        spec.variation.reversed = true;
        spec.variation.processors = repeat.processors;
        if let Some(count) = repeat.processors {
            crate::steps::show_processors(count, spec, work)?;
        }
        Ok(())
    }

    /// The key of a cache mount in this build.
    pub(crate) fn mount_key(&self, key: &str) -> String {
        let Some(repeat) = &self.options.repeat else { return key.to_owned() };
        let own = format!("{key}\0again {}", repeat.mounts);
        self.borrowed.lock().unwrap_or_else(PoisonError::into_inner).insert(own.clone());
        own
    }

    /// Removes the cache mounts that a repetition has made. Where that fails, a collection does it.
    pub(crate) fn give_back_mounts(&self) {
        for key in std::mem::take(&mut *self.borrowed.lock().unwrap_or_else(PoisonError::into_inner)) {
            let _ = self.store.remove_mount(&key);
        }
    }
}
