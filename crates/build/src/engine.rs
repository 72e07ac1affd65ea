//! The scheduler: runs the nodes of a plan as soon as what they need is done, as many at once as allowed.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use image::{Descriptor, Digest, EntryKind, Reference, path_to_string};
use kit::Redacted;
use plan::{NetworkMode, Node, NodeId, Op, Plan, Source};
use sandbox::{Cancel, Emulation, Network};
use store::{Merged, Store};
use syntax::Ignore;

use crate::context::{Context, StatCache, path_key};
use crate::copy::Placed;
use crate::explain::{Explain, Trace};
use crate::keys::{Found, Keys};
use crate::schedule::Progress;
use crate::{
    AllowedDevices, BuildError, Cost, Device, Event, EventKind, Flight, Imports, Leaks, OnFailure, Remotes,
    Repeat, SharedStep,
};

/// Brings the blob of a base layer into the store; called only when something reads the layer.
pub trait Fetch: Sync {
    /// Fetches one blob of `image`.
    fn blob(&self, image: &Reference, blob: &Descriptor) -> Result<(), BuildError>;
}

/// A value that is lent to steps.
#[derive(Debug, Clone)]
pub struct Secret {
    /// The value.
    pub value: Redacted<Vec<u8>>,
}

/// How steps run. All of it is outside the cache keys, or lent by contract.
pub struct EngineOptions<'a> {
    /// Steps at once.
    pub jobs: usize,
    /// Whether cached results are not used (they are still written).
    pub no_cache: bool,
    /// The main context (`None`) and the named ones. Without a main context there is nothing to copy.
    pub contexts: BTreeMap<Option<String>, (PathBuf, Ignore)>,
    /// `--secret`.
    pub secrets: BTreeMap<String, Secret>,
    /// What is searched for in everything that is made; nothing when nothing was lent.
    pub leaks: Option<&'a Leaks>,
    /// What is done when a step fails.
    pub on_failure: OnFailure,
    /// `--ssh`: sockets of agents.
    pub ssh: BTreeMap<String, PathBuf>,
    /// Network of the steps that do not choose one; `Default` is a private one for all of them, where one can be had.
    pub network: NetworkMode,
    /// Devices of this machine for `RUN --device`, sorted by name.
    pub devices: Vec<Device>,
    /// Which devices steps may use beside those that say themselves that they may.
    pub allowed_devices: AllowedDevices,
    /// `--add-host`.
    pub extra_hosts: Vec<(String, String)>,
    /// A CA bundle that steps see without it being part of a layer.
    pub ca_bundle: Option<PathBuf>,
    /// Proxy and other variables lent to every step.
    pub lent_env: BTreeMap<String, String>,
    /// `/etc/resolv.conf` for steps with a network.
    pub resolv_conf: Option<PathBuf>,
    /// Size of `/dev/shm` in bytes.
    pub shm_size: Option<u64>,
    /// Memory of a step in bytes, where a cgroup can be had.
    pub memory: Option<u64>,
    /// Processes and threads of a step, where a cgroup can be had.
    pub pids: Option<u64>,
    /// Nanoseconds since 1970.
    pub now: &'a (dyn Fn() -> i128 + Sync),
    /// Takes the layers that are made, each when it has been searched; called from several threads.
    pub on_layer: &'a (dyn Fn(NodeId, Digest) + Sync),
    /// Takes what happens; called from several threads.
    pub on_event: &'a (dyn Fn(Event) + Sync),
    /// Ends the build when set.
    pub cancel: &'a Cancel,
    /// Fetches base layers.
    pub fetch: &'a dyn Fetch,
    /// Fetches remote sources.
    pub remotes: &'a Remotes<'a>,
    /// How the build explains itself.
    pub explain: Explain<'a>,
    /// Results of steps that others have.
    pub imports: &'a Imports<'a>,
    /// What other builds of this process make at the moment.
    pub flight: &'a Flight,
    /// When the build began, where it is asked for what steps take.
    pub profile: Option<Instant>,
    /// What is done again, and how; nothing in a build of its own.
    pub repeat: Option<Repeat<'a>>,
}

/// A layer of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerRef {
    /// Its identity in the store.
    pub id: Digest,
    /// Where it comes from when it was not made here.
    pub base: Option<(Reference, Descriptor)>,
}

/// The layers of a file system, base first.
pub(crate) type Chain = Arc<[LayerRef]>;

/// The file systems of all nodes of a plan.
pub struct Solved {
    chains: Vec<Chain>,
    placed: BTreeMap<NodeId, Digest>,
    steps: BTreeMap<NodeId, SharedStep>,
    made: BTreeMap<NodeId, Option<Digest>>,
    costs: BTreeMap<NodeId, Cost>,
    unknown: BTreeSet<NodeId>,
}

/// What another engine made.
#[derive(Debug, Clone, Default)]
pub struct Foreign {
    /// The layers of each node, as far as they are known.
    pub chains: Vec<Vec<LayerRef>>,
    /// The steps whose layers came.
    pub made: BTreeMap<NodeId, Option<Digest>>,
    /// What the nodes took.
    pub costs: BTreeMap<NodeId, Cost>,
    /// Outputs of which it is not known which step made which layer.
    pub unknown: BTreeSet<NodeId>,
}

impl Solved {
    /// What another engine made.
    pub fn foreign(from: Foreign) -> Self {
        let Foreign { chains, made, costs, unknown } = from;
        let chains = chains.into_iter().map(Chain::from).collect();
        Self { chains, placed: BTreeMap::new(), steps: BTreeMap::new(), made, costs, unknown }
    }

    /// Whether it is known of an output which step made which layer.
    pub fn knows_steps(&self, output: NodeId) -> bool {
        !self.unknown.contains(&output)
    }

    /// The layers of a node, base first.
    pub fn layers(&self, node: NodeId) -> &[LayerRef] {
        &self.chains[node.0]
    }

    /// What the nodes took, where it was asked for.
    pub const fn costs(&self) -> &BTreeMap<NodeId, Cost> {
        &self.costs
    }

    pub(crate) fn chain(&self, node: NodeId) -> &Chain {
        &self.chains[node.0]
    }

    /// The layers that the steps added that ran in this build.
    pub(crate) const fn made(&self) -> &BTreeMap<NodeId, Option<Digest>> {
        &self.made
    }

    /// The key of the record of where the files of a COPY were before.
    pub(crate) fn placed(&self, node: NodeId) -> Option<&Digest> {
        self.placed.get(&node)
    }

    /// The keys and the layer of a step; nothing for other nodes.
    pub(crate) fn step(&self, node: NodeId) -> Option<SharedStep> {
        self.steps.get(&node).cloned()
    }
}

/// A plan on its way.
pub struct Engine<'a> {
    pub(crate) store: &'a Store,
    pub(crate) plan: &'a Plan,
    pub(crate) options: &'a EngineOptions<'a>,
    contexts: BTreeMap<Option<String>, OnceLock<Result<Arc<Context>, String>>>,
    unpacking: Mutex<()>,
    /// Keys of the records of where the files of each COPY were before.
    placed: Mutex<BTreeMap<NodeId, Digest>>,
    /// The layers of the steps that ran.
    made: Mutex<BTreeMap<NodeId, Option<Digest>>>,
    /// What the nodes took.
    pub(crate) costs: Mutex<BTreeMap<NodeId, Cost>>,
    /// Cache mounts of a repetition, which are not kept.
    pub(crate) borrowed: Mutex<BTreeSet<String>>,
    /// The network of steps that do not choose one; made by the first of them, ended with the engine.
    pub(crate) private: OnceLock<Network>,
    /// What the layers of a step stand on, without name servers and with them; none where it could not be made.
    pub(crate) grounds: [OnceLock<Option<PathBuf>>; 2],
    /// The lent CA bundle as a store of Java; made for the first step, none where the bundle cannot be read as one.
    pub(crate) truststore: OnceLock<Option<Vec<u8>>>,
    /// Starts the steps.
    pub(crate) starter: sandbox::Starter,
    /// What was found to run programs of other architectures.
    pub(crate) emulators: Mutex<BTreeMap<String, Result<Option<Emulation>, String>>>,
    /// What happened to the steps.
    pub(crate) trace: Trace,
    /// Layers that caches could not give before this run.
    pub(crate) lost: usize,
}

/// What a step adds.
struct Step {
    /// `None` when it changes nothing.
    layer: Option<Digest>,
    /// Whether it was known before.
    cached: bool,
}

impl<'a> Engine<'a> {
    /// Prepares to run `plan`.
    pub fn new(store: &'a Store, plan: &'a Plan, options: &'a EngineOptions<'a>) -> Self {
        let contexts = options.contexts.keys().map(|name| (name.clone(), OnceLock::new())).collect();
        Self {
            store,
            plan,
            options,
            contexts,
            unpacking: Mutex::new(()),
            placed: Mutex::default(),
            made: Mutex::default(),
            costs: Mutex::default(),
            borrowed: Mutex::default(),
            private: OnceLock::new(),
            grounds: Default::default(),
            truststore: OnceLock::new(),
            starter: sandbox::Starter::default(),
            emulators: Mutex::default(),
            trace: Trace::default(),
            lost: options.imports.lost(),
        }
    }

    /// Searches what another engine made for the values that are lent.
    pub fn search(&self, solved: &Solved) -> Result<(), BuildError> {
        for (at, node) in self.plan.nodes.iter().enumerate() {
            let known = node.input.filter(|_| solved.knows_steps(NodeId(at)));
            let below = known.map_or(0, |input| solved.layers(input).len());
            for layer in solved.layers(NodeId(at)).iter().skip(below).filter(|layer| layer.base.is_none()) {
                self.ensure_searched(NodeId(at), &layer.id).map_err(|error| error.at(node.origin.range))?;
            }
        }
        Ok(())
    }

    /// Runs what the output needs.
    pub fn run(&self) -> Result<Solved, BuildError> {
        let count = self.plan.nodes.len();
        let progress = Mutex::new(Progress {
            chains: vec![None; count],
            started: vec![false; count],
            running: 0,
            error: None,
        });
        let changed = Condvar::new();
        self.dispatch(&progress, &changed);
        self.give_back_mounts();
        self.save_contexts()?;
        self.remember()?;
        self.store.settle()?;
        let mut progress = progress.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = progress.error.take() {
            return Err(error);
        }
        let chains = progress.chains.into_iter().map(Option::unwrap_or_default).collect();
        let placed = std::mem::take(&mut *self.placed.lock().unwrap_or_else(PoisonError::into_inner));
        let made = std::mem::take(&mut *self.made.lock().unwrap_or_else(PoisonError::into_inner));
        let (steps, costs) = (self.trace.results(), self.take_costs());
        Ok(Solved { chains, placed, steps, made, costs, unknown: BTreeSet::new() })
    }

    /// The layers of one node, found or made.
    pub(crate) fn node(&self, id: NodeId, chains: &BTreeMap<NodeId, Chain>) -> Result<Chain, BuildError> {
        if let Some(given) = self.options.repeat.as_ref().and_then(|repeat| repeat.given(id)) {
            return Ok(given.clone());
        }
        let node = &self.plan.nodes[id.0];
        let input = node.input.and_then(|input| chains.get(&input).cloned()).unwrap_or_default();
        match &node.op {
            Op::Image(image) => {
                let layer = |(diff_id, blob): &(Digest, Descriptor)| LayerRef {
                    id: *diff_id,
                    base: Some((image.reference.clone(), blob.clone())),
                };
                Ok(image.layers.iter().map(layer).collect())
            }
            Op::Scratch => Ok(Chain::default()),
            Op::Tree(layer) => {
                self.ensure_searched(id, layer)?;
                Ok(Chain::from([LayerRef { id: *layer, base: None }]))
            }
            Op::Web(_) | Op::Git(_) => {
                let searched = |layer| self.ensure_searched(id, &layer).map(|()| layer);
                let layer = self.remote(id, &node.op).and_then(searched);
                let layer = layer.map_err(|error| error.at(node.origin.range))?;
                Ok(Chain::from([LayerRef { id: layer, base: None }]))
            }
            Op::Exec(_) | Op::Copy(_) | Op::Mkdir { .. } => {
                let searched = |step: Step| {
                    if let Some(layer) = step.layer {
                        self.ensure_searched(id, &layer)?;
                        if !step.cached {
                            (self.options.on_layer)(id, layer);
                        }
                    }
                    Ok(step.layer)
                };
                let made = self
                    .cached_or_made(id, node, &input, chains)
                    .and_then(searched)
                    .map_err(|error| error.at(node.origin.range))?;
                if let Some(first) = self.options.repeat.as_ref().and_then(|repeat| repeat.replaced(id)) {
                    return Ok(first.clone());
                }
                Ok(input
                    .iter()
                    .cloned()
                    .chain(made.map(|layer| LayerRef { id: layer, base: None }))
                    .collect())
            }
        }
    }

    /// What a step adds.
    fn cached_or_made(
        &self,
        id: NodeId,
        node: &Node,
        input: &Chain,
        chains: &BTreeMap<NodeId, Chain>,
    ) -> Result<Step, BuildError> {
        if self.options.repeat.is_some() {
            // What is done again is looked up nowhere, and leaves no trace.
            return Ok(Step { layer: self.make(id, input, chains)?.0, cached: false });
        }
        let keys = self.keys(node, input, chains)?;
        if matches!(node.op, Op::Copy(_)) {
            self.placed.lock().unwrap_or_else(PoisonError::into_inner).insert(id, keys.first);
        }
        if !self.options.no_cache
            && let Some(found) = self.found(id, node, &keys, input, chains)?
        {
            return Ok(Step { layer: found.layer, cached: true });
        }
        let making = self.options.flight.enter(keys.first);
        if making.waited
            && !self.options.no_cache
            && let Some(found) = self.found(id, node, &keys, input, chains)?
        {
            return Ok(Step { layer: found.layer, cached: true });
        }
        self.explain_miss(id, &keys, chains)?;
        let (made, placed) = self.make(id, input, chains)?;
        if let Some(placed) = placed {
            self.keep_placed(&keys, &placed)?;
        }
        self.record(&keys, made)?;
        self.trace.step(id, &keys, made, false);
        Ok(Step { layer: made, cached: false })
    }

    /// What the cache has for a step.
    fn found(
        &self,
        id: NodeId,
        node: &Node,
        keys: &Keys,
        input: &Chain,
        chains: &BTreeMap<NodeId, Chain>,
    ) -> Result<Option<Found>, BuildError> {
        let Some(found) = self.lookup(keys)? else { return Ok(None) };
        if let Op::Copy(copy) = &node.op {
            self.recall_placed(keys, copy, input, chains)?;
        }
        self.trace.step(id, keys, found.layer, true);
        self.event(id, EventKind::Cached);
        Ok(Some(found))
    }

    /// Runs a step: the layer that it adds, and where the files of a COPY were before.
    fn make(
        &self,
        id: NodeId,
        input: &Chain,
        chains: &BTreeMap<NodeId, Chain>,
    ) -> Result<(Option<Digest>, Option<Placed>), BuildError> {
        self.event(id, EventKind::Started);
        let begun = Instant::now();
        let (made, placed) = match &self.plan.nodes[id.0].op {
            Op::Exec(exec) => (self.exec(id, exec, input, chains)?, None),
            Op::Copy(copy) => self.copy(copy, input, chains).map(|(made, placed)| (made, Some(placed)))?,
            Op::Mkdir { path, user } => (self.mkdir(path, user, input)?, None),
            Op::Image(_) | Op::Scratch | Op::Tree(_) | Op::Web(_) | Op::Git(_) => (None, None),
        };
        self.made.lock().unwrap_or_else(PoisonError::into_inner).insert(id, made);
        self.event(id, EventKind::Done(begun.elapsed()));
        Ok((made, placed))
    }

    pub(crate) fn event(&self, node: NodeId, kind: EventKind) {
        (self.options.on_event)(Event { node, kind });
    }

    /// The view of a chain, its layers fetched and unpacked as needed.
    pub(crate) fn merged(&self, chain: &Chain) -> Result<Merged, BuildError> {
        Ok(Merged::new(self.layers(chain)?)?)
    }

    /// The layers of a chain, fetched and unpacked as needed.
    pub(crate) fn layers(&self, chain: &Chain) -> Result<Vec<store::Layer>, BuildError> {
        chain.iter().map(|layer| self.layer(layer)).collect()
    }

    fn layer(&self, layer: &LayerRef) -> Result<store::Layer, BuildError> {
        if let Some(found) = self.store.layer(&layer.id)? {
            return Ok(found);
        }
        let Some((image, blob)) = &layer.base else {
            return self.options.imports.bring(self.store, &layer.id);
        };
        // One at a time: two stages on one base would otherwise unpack the same layer side by side.
        let _one = self.unpacking.lock().unwrap_or_else(PoisonError::into_inner);
        let making = self.options.flight.enter(layer.id);
        if making.waited
            && let Some(found) = self.store.layer(&layer.id)?
        {
            return Ok(found);
        }
        if !self.store.has_blob(&blob.digest) {
            self.options.fetch.blob(image, blob)?;
        }
        Ok(self.store.unpack(blob, &layer.id)?)
    }

    /// Whether there is such a context.
    pub(crate) fn has_context(&self, name: Option<&String>) -> bool {
        self.contexts.contains_key(&name.cloned())
    }

    /// A context, walked once.
    pub(crate) fn context(&self, name: Option<&String>) -> Result<Arc<Context>, BuildError> {
        let missing = || BuildError::new("this build has no context directory to copy from");
        let cell = self.contexts.get(&name.cloned()).ok_or_else(missing)?;
        let (root, ignore) = self.options.contexts.get(&name.cloned()).ok_or_else(missing)?;
        let opened = cell.get_or_init(|| {
            self.open_context(name, root, ignore).map(Arc::new).map_err(|error| error.to_string())
        });
        opened
            .clone()
            .map_err(|error| BuildError::environment(format!("failed to read the build context: {error}")))
    }

    fn open_context(&self, name: Option<&String>, root: &Path, ignore: &Ignore) -> io::Result<Context> {
        let cache = self.store.root().join("contexts").join(path_key(root).hex());
        // Where a source leads through a symbolic link, only the whole tree tells what is needed.
        let wanted = self.wanted(name).filter(|wanted| !wanted.iter().any(|path| has_link(root, path)));
        let open = |wanted| Context::open(root, ignore.clone(), wanted, StatCache::load(cache.clone()));
        let context = open(wanted.as_deref())?;
        let needs_more =
            wanted.is_some() && self.wildcards(name).any(|pattern| has_match(&context, &pattern));
        if needs_more { open(None) } else { Ok(context) }
    }

    /// The wildcards that the plan looks for in a context.
    fn wildcards(&self, name: Option<&String>) -> impl Iterator<Item = String> {
        let copies = self.plan.nodes.iter().filter_map(move |node| match &node.op {
            Op::Copy(copy) if matches!(&copy.from, Source::Context(found) if found.as_ref() == name) => {
                Some(copy)
            }
            _ => None,
        });
        copies
            .flat_map(|copy| copy.paths())
            .map(kit::path_below_root)
            .filter(|path| syntax::has_wildcard(path))
    }

    /// The literal beginnings of all paths that the plan reads from a context; `None` when it needs the whole.
    fn wanted(&self, name: Option<&String>) -> Option<Vec<Vec<u8>>> {
        let mut wanted = Vec::new();
        let of_context = |source: &Source| matches!(source, Source::Context(found) if found.as_ref() == name);
        for node in &self.plan.nodes {
            match &node.op {
                Op::Copy(copy) if of_context(&copy.from) => {
                    wanted.extend(copy.paths());
                }
                Op::Exec(exec) => {
                    for mount in exec.mounts.iter().filter(|mount| mount.source().is_some_and(of_context)) {
                        wanted.push(mount.source_path());
                    }
                }
                _ => {}
            }
        }
        let literal: Vec<Vec<u8>> = wanted.into_iter().map(literal_prefix).collect();
        (!literal.iter().any(Vec::is_empty)).then_some(literal)
    }

    fn save_contexts(&self) -> Result<(), BuildError> {
        for context in self.contexts.values().filter_map(OnceLock::get).flatten() {
            context.save((self.options.now)())?;
        }
        Ok(())
    }
}

/// Whether a path below `root` has a symbolic link among its components.
fn has_link(root: &Path, path: &[u8]) -> bool {
    use std::os::unix::ffi::OsStrExt;
    let mut at = root.to_owned();
    path.split(|byte| *byte == b'/').any(|part| {
        at.push(std::ffi::OsStr::from_bytes(part));
        at.is_symlink()
    })
}

/// Whether a pattern matches a symbolic link of a context, and so takes what it leads to.
fn has_match(context: &Context, pattern: &str) -> bool {
    let links = context.entries().iter().filter(|entry| entry.kind == EntryKind::Symlink);
    links.map(|link| path_to_string(&link.path)).any(|path| syntax::glob_match(pattern, &path) == Ok(true))
}

/// The directories of a source before its first wildcard.
fn literal_prefix(source: &str) -> Vec<u8> {
    let clean = kit::path_below_root(source);
    let literal: Vec<&str> = clean.split('/').take_while(|part| !syntax::has_wildcard(part)).collect();
    literal.join("/").into_bytes()
}
