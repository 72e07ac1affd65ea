//! What steps take of the machine, and what becomes of the bytes that they add.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use lineage::{Losses, Stack};
use plan::{NodeId, Plan};
use sandbox::Usage;
use store::Store;

use crate::engine::Engine;
use crate::{BuildError, Solved};

/// What a node took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// From the begin of the build to that of the node.
    pub begin: Duration,
    /// From its begin to its end.
    pub wall: Duration,
    /// Processor time of its process in user mode.
    pub user: Duration,
    /// Processor time of its process in the kernel.
    pub system: Duration,
    /// Processor time of the builder for it: copying, digests, looking at what a process wrote.
    pub builder: Duration,
    /// Bytes that read calls gave, of the process and the builder.
    pub read: u64,
    /// Bytes that write calls took.
    pub written: u64,
    /// Bytes that came from disks.
    pub disk_read: u64,
    /// Bytes that are for disks.
    pub disk_written: u64,
    /// The largest memory of one of its processes; none where no process ran.
    pub peak_memory: Option<u64>,
    /// Whether it was found in the cache.
    pub cached: bool,
    /// Whether another engine did it: then nothing but its times is known.
    pub elsewhere: bool,
}

impl Engine<'_> {
    /// Does the work of a node, and notes what it takes where that is asked for.
    pub(crate) fn metered<T>(&self, id: NodeId, work: impl FnOnce() -> T) -> T {
        let Some(begun) = self.options.profile else { return work() };
        let now = Instant::now();
        let (result, spent) = kit::measured(work);
        self.cost(id, |cost| {
            (cost.begin, cost.wall) = (now.saturating_duration_since(begun), now.elapsed());
            cost.builder = spent.cpu;
            cost.read += spent.read;
            cost.written += spent.written;
            cost.disk_read += spent.disk_read;
            cost.disk_written += spent.disk_written;
        });
        result
    }

    /// Notes what the process of a step took.
    pub(crate) fn note_usage(&self, id: NodeId, usage: &Usage) {
        self.cost(id, |cost| {
            (cost.user, cost.system) = (usage.user, usage.system);
            cost.read += usage.read;
            cost.written += usage.written;
            cost.disk_read += usage.disk_read;
            cost.disk_written += usage.disk_written;
            cost.peak_memory = Some(usage.max_rss);
        });
    }

    fn cost(&self, id: NodeId, change: impl FnOnce(&mut Cost)) {
        change(self.costs.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default());
    }

    /// What the nodes took.
    pub(crate) fn take_costs(&self) -> BTreeMap<NodeId, Cost> {
        let mut costs = std::mem::take(&mut *self.costs.lock().unwrap_or_else(PoisonError::into_inner));
        for (id, cost) in &mut costs {
            cost.cached = self.trace.is_cached(*id);
        }
        costs
    }
}

/// What became of the bytes of each step that added a layer: in the image, or in the stage that it is of.
pub fn losses(store: &Store, plan: &Plan, solved: &Solved) -> Result<BTreeMap<NodeId, Losses>, BuildError> {
    let mut stacks: BTreeMap<NodeId, Stack> = BTreeMap::new();
    let mut all = BTreeMap::new();
    for (at, node) in plan.nodes.iter().enumerate() {
        let (id, layers) = (NodeId(at), solved.layers(NodeId(at)));
        let below = node.input.map_or(0, |input| solved.layers(input).len());
        if layers.len() != below + 1 || node.input.is_none() {
            continue;
        }
        let last = end_of(plan, solved, id);
        let stack = match stacks.entry(last) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(stack(store, solved, last)?),
        };
        all.insert(id, stack.losses(below));
    }
    Ok(all)
}

/// The node at the end of what is stacked on this one: an image where it is part of one, else the longest stack.
fn end_of(plan: &Plan, solved: &Solved, node: NodeId) -> NodeId {
    let mut ends = vec![None; plan.nodes.len()];
    ends[node.0] = Some(node);
    for (at, one) in plan.nodes.iter().enumerate().skip(node.0 + 1) {
        if one.input.is_some_and(|input| ends[input.0].is_some()) {
            ends[at] = Some(NodeId(at));
        }
    }
    let of_image = plan.outputs.iter().map(|output| output.node).find(|output| ends[output.0].is_some());
    let longest = || ends.iter().flatten().copied().max_by_key(|end| solved.layers(*end).len());
    of_image.or_else(longest).unwrap_or(node)
}

/// The layers of a node that are here.
fn stack(store: &Store, solved: &Solved, node: NodeId) -> Result<Stack, BuildError> {
    let mut indexes = Vec::new();
    for layer in solved.layers(node) {
        let layer = store.layer(&layer.id)?;
        indexes.push(layer.map(|layer| layer.index()).transpose()?);
    }
    Ok(Stack::new(indexes))
}
