//! Work on the result that need not wait for the end of a build: layers become blobs, and blobs go to the registry, and what scans
//! ask of layers is read, while later steps run.

use std::collections::{BTreeSet, VecDeque};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Scope};
use std::time::Duration;

use image::{Digest, Reference};
use plan::{NodeId, Op, Plan};
use registry::{BlobSource, Cancel, GrowingSource, Progress, Reach};
use store::{ExportOptions, ExportWatch, Follow, Store};

use crate::build::Session;
use crate::epoch::Epoch;
use crate::{AppError, OutputKind, World};

/// Layers that are pushed at once, the next one packed meanwhile.
const WORKERS: usize = 3;
/// Small layers wait until none has come for so long: where steps take less, packing would only be in their way.
const CALM: Duration = Duration::from_millis(50);

/// What is done ahead. It only fills the store and the registry with what the end of the build then finds there, so
/// whatever fails here is tried again, and reported, at its own time.
pub(crate) struct Ahead<'a> {
    world: &'a World,
    store: &'a Store,
    options: ExportOptions,
    /// The steps whose layers are part of an image that is wanted.
    wanted: BTreeSet<NodeId>,
    /// The layers of bases that are.
    bases: Vec<Digest>,
    /// A name in each repository that is pushed to.
    targets: Vec<&'a Reference>,
}

impl Session<'_> {
    pub(crate) fn ahead(&self, plan: &Plan, epoch: Option<Epoch>) -> Ahead<'_> {
        let request = self.request;
        let pushes = request.outputs.iter().any(|output| output.kind == OutputKind::Image { push: true });
        // What is to be the same twice, or to pass gates, goes nowhere before it is known to.
        let pushes = pushes && !request.verify && !request.gate;
        let mut targets: Vec<&Reference> = request.tags.iter().filter(|_| pushes).collect();
        targets.sort_by_key(|name| (name.registry(), name.repository()));
        targets.dedup_by_key(|name| (name.registry(), name.repository()));
        let wanted = if self.needs_image() { chain(plan) } else { BTreeSet::new() };
        let options = self.assembly(epoch).export();
        let bases = wanted.iter().flat_map(|node| base(&plan.nodes[node.0].op)).collect();
        Ahead { world: self.world, store: self.store, options, wanted, bases, targets }
    }
}

/// The nodes that the file systems of the outputs are stacked of.
fn chain(plan: &Plan) -> BTreeSet<NodeId> {
    let mut out = BTreeSet::new();
    for output in &plan.outputs {
        let mut at = Some(output.node);
        while let Some(node) = at.filter(|node| out.insert(*node)) {
            at = plan.nodes[node.0].input;
        }
    }
    out
}

/// The layers of a base.
fn base(op: &Op) -> impl Iterator<Item = Digest> {
    let image = if let Op::Image(image) = op { Some(image) } else { None };
    image.into_iter().flat_map(|image| image.layers.iter().map(|(diff_id, _)| *diff_id))
}

impl Ahead<'_> {
    /// Runs `build`, which hands layers to the workers that it is given, and waits for these. When it fails they stop.
    pub(crate) fn during<T, E>(&self, build: impl FnOnce(&Workers<'_, '_>) -> Result<T, E>) -> Result<T, E> {
        let shared = Shared::new(self);
        thread::scope(|scope| {
            let result = build(&Workers { shared: &shared, scope });
            if result.is_err() {
                shared.stop.set();
            }
            locked(&shared.queue).ended = true;
            shared.ends.notify_all();
            result
        })
    }

    fn is_small(&self, layer: &Digest) -> bool {
        let layer = self.store.layer(layer).ok().flatten();
        layer.and_then(|layer| layer.index().ok()).is_some_and(|index| index.is_small())
    }

    /// Packs small layers, reads what scans ask of them, and pushes each.
    fn together(&self, shared: &Shared<'_>, layers: &[Digest]) -> Result<(), AppError> {
        let one = locked(&shared.packing);
        self.store.export_together(layers, &self.options)?;
        drop(one);
        for layer in layers.iter().filter(|_| !shared.cancelled()) {
            crate::scan::ahead(self.store, layer, &self.store.export(layer, &self.options)?.diff_id);
        }
        let mut wanted = layers.iter().filter(|_| !self.targets.is_empty() && !shared.cancelled());
        wanted.try_for_each(|layer| self.one(shared, layer))
    }

    /// Packs a layer and pushes it; to the first place while it is packed.
    fn one(&self, shared: &Shared<'_>, layer: &Digest) -> Result<(), AppError> {
        let follow = Follow::new();
        let stop = || shared.cancelled();
        let watch = ExportWatch { stop: &stop, follow: &follow };
        let packed = thread::scope(|scope| {
            // One at a time: it takes all cores.
            let one = locked(&shared.packing);
            if let Some(target) = self.targets.first() {
                scope.spawn(|| self.push(shared, target, &follow));
            }
            let packed = self.store.export_watched(layer, &self.options, watch);
            drop(one);
            packed
        });
        let diff_id = packed?.diff_id;
        if !shared.cancelled() {
            crate::scan::ahead(self.store, layer, &diff_id);
        }
        for target in self.targets.iter().skip(1) {
            self.push(shared, target, &follow);
        }
        Ok(())
    }

    fn push(&self, shared: &Shared<'_>, target: &Reference, follow: &Follow) {
        if shared.refused.load(Ordering::Relaxed) {
            return;
        }
        let source = Growing { store: self.store, follow };
        let client = self.world.client();
        let pushed = client.and_then(|client| Ok(client.push_growing(target, &source, shared)?));
        if pushed.is_err() && follow.wait(u64::MAX) != store::Reach::Gone {
            // A registry that does not answer or refuses would do so for every layer.
            shared.refused.store(true, Ordering::Relaxed);
        }
    }
}

/// What the packer makes, as something to be pushed.
struct Growing<'a> {
    store: &'a Store,
    follow: &'a Follow,
}

impl BlobSource for Growing<'_> {
    fn open_at(&self, offset: u64) -> io::Result<Box<dyn Read + Send + '_>> {
        if let Some(reader) = self.follow.open_at(offset) {
            return Ok(Box::new(reader));
        }
        // One that was packed before is not followed, but has a name.
        match self.follow.wait(0) {
            store::Reach::Whole(blob) => {
                let mut file = File::open(self.store.blob_path(&blob.digest))?;
                file.seek(SeekFrom::Start(offset))?;
                Ok(Box::new(file))
            }
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

impl GrowingSource for Growing<'_> {
    fn wait(&self, size: u64) -> io::Result<Reach> {
        match self.follow.wait(size) {
            store::Reach::Growing(size) => Ok(Reach::Growing(size)),
            store::Reach::Whole(blob) => Ok(Reach::Whole(blob)),
            store::Reach::Gone => Err(io::Error::other("the layer is not wanted any more")),
        }
    }
}

/// What the workers share.
struct Shared<'a> {
    ahead: &'a Ahead<'a>,
    queue: Mutex<Queue>,
    /// Woken when no more layers will come.
    ends: Condvar,
    packing: Mutex<()>,
    stop: Cancel,
    refused: AtomicBool,
    /// Whether layers of bases are looked at.
    reads_bases: AtomicBool,
}

#[derive(Default)]
struct Queue {
    layers: VecDeque<Digest>,
    workers: usize,
    /// Small layers, and whether somebody gathers them.
    small: Vec<Digest>,
    gathering: bool,
    ended: bool,
}

/// Threads that live as long as there is something to do.
pub(crate) struct Workers<'scope, 'env> {
    shared: &'scope Shared<'env>,
    scope: &'scope Scope<'scope, 'env>,
}

impl Workers<'_, '_> {
    /// Takes a layer that a step has made.
    pub(crate) fn take(&self, node: NodeId, layer: Digest) {
        let shared = self.shared;
        if !shared.ahead.wanted.contains(&node) {
            return;
        }
        if !shared.reads_bases.swap(true, Ordering::Relaxed) && !shared.ahead.bases.is_empty() {
            self.scope.spawn(|| shared.read_bases());
        }
        let small = shared.ahead.is_small(&layer);
        let mut queue = locked(&shared.queue);
        if small {
            queue.small.push(layer);
            if !std::mem::replace(&mut queue.gathering, true) {
                self.scope.spawn(|| shared.gather());
            }
            return;
        }
        queue.layers.push_back(layer);
        if queue.workers < WORKERS {
            queue.workers += 1;
            self.scope.spawn(|| shared.work());
        }
    }
}

impl Progress for Shared<'_> {
    fn advance(&self, _: &Digest, _: u64, _: u64) {}

    /// An interrupt can come when all steps are done, and only this goes on.
    fn cancelled(&self) -> bool {
        self.stop.is_set() || self.ahead.world.cancel.is_set()
    }
}

impl<'a> Shared<'a> {
    fn new(ahead: &'a Ahead<'a>) -> Self {
        let (queue, ends, packing, stop, refused, reads_bases) = Default::default();
        Self { ahead, queue, ends, packing, stop, refused, reads_bases }
    }

    /// Reads what scans ask of the layers of bases: those that a step has needed, so that they are unpacked.
    fn read_bases(&self) {
        for layer in self.ahead.bases.iter().take_while(|_| !self.cancelled()) {
            crate::scan::ahead(self.ahead.store, layer, layer);
        }
    }

    /// Packs small layers whenever it is calm, and ends when there are none.
    fn gather(&self) {
        let mut queue = locked(&self.queue);
        loop {
            let before = queue.small.len();
            if !queue.ended {
                let waited = self.ends.wait_timeout(queue, CALM);
                queue = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
            if !queue.ended && queue.small.len() > before {
                continue;
            }
            let layers = std::mem::take(&mut queue.small);
            if layers.is_empty() {
                queue.gathering = false;
                return;
            }
            drop(queue);
            if !self.cancelled() {
                // The end of the build does it again and says what is wrong.
                let _ = self.ahead.together(self, &layers);
            }
            queue = locked(&self.queue);
        }
    }

    /// Does what is there to do, and ends.
    fn work(&self) {
        while let Some(layer) = self.next() {
            // The end of the build does it again and says what is wrong.
            let _ = self.ahead.one(self, &layer);
        }
    }

    fn next(&self) -> Option<Digest> {
        let mut queue = locked(&self.queue);
        let next = queue.layers.pop_front().filter(|_| !self.cancelled());
        queue.workers -= usize::from(next.is_none());
        next
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
