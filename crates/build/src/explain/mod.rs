//! Why steps ran: what each step was made of is recorded beside its result, so that the next build can say what differs.
//!
//! Two kinds of record take part, besides the results themselves. The *inputs* of a step, under its key, say what the
//! key was made of. The *last build* of a Dockerfile says which key each of its steps had. Values that may be secrets
//! are recorded as a digest, which tells that they changed and nothing else.

mod diff;
mod inputs;
mod last;
mod reason;

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use image::Digest;
use kit::Hasher;
use plan::{Node, NodeId, Op};

pub use reason::{Change, Reason, StepReport};

use crate::engine::{Chain, Engine};
use crate::keys::Keys;
use crate::{BuildError, SharedStep};
use inputs::Inputs;
use last::LastBuild;

/// Records of what steps were made of.
const INPUTS: &str = "inputs";
/// Records of which definition was built last under which key.
const DEFINITION: &str = "definition";

/// How a build explains itself.
pub struct Explain<'a> {
    /// Whether reasons are looked for. What later builds need is recorded in any case.
    pub reasons: bool,
    /// What tells this Dockerfile from others of this machine; without it nothing is remembered.
    pub file: Option<Digest>,
    /// Whether a variable of this name holds a secret.
    pub is_secret: &'a (dyn Fn(&str) -> bool + Sync),
}

/// What happened to the steps so far.
#[derive(Default)]
pub(crate) struct Trace {
    steps: Mutex<BTreeMap<NodeId, Traced>>,
    last: OnceLock<LastBuild>,
}

/// What happened to a node.
#[derive(Debug, Clone)]
pub(crate) struct Traced {
    /// The layers it ended with.
    chain: Digest,
    /// Its keys and the layer it added; none for what is no step.
    pub(crate) step: Option<(Keys, Option<Digest>)>,
    /// Whether it was found in the cache.
    cached: bool,
    reasons: Vec<Reason>,
}

impl Trace {
    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<NodeId, Traced>) -> T) -> T {
        work(&mut self.steps.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes the layers that a node has.
    pub(crate) fn finished(&self, id: NodeId, chain: &Chain) {
        let digest = chain_digest(chain);
        self.with(|steps| steps.entry(id).or_insert_with(Traced::new).chain = digest);
    }

    /// Notes how a step came by its layer.
    pub(crate) fn step(&self, id: NodeId, keys: &Keys, layer: Option<Digest>, cached: bool) {
        self.with(|steps| {
            let traced = steps.entry(id).or_insert_with(Traced::new);
            (traced.step, traced.cached) = (Some((keys.clone(), layer)), cached);
        });
    }

    /// Notes why a step runs.
    fn reasons(&self, id: NodeId, reasons: Vec<Reason>) {
        self.with(|steps| steps.entry(id).or_insert_with(Traced::new).reasons = reasons);
    }

    /// The keys and layers of all steps.
    pub(crate) fn results(&self) -> BTreeMap<NodeId, SharedStep> {
        let step = |(id, traced): (&NodeId, &Traced)| {
            let (keys, layer) = traced.step.as_ref()?;
            Some((*id, SharedStep { keys: keys.all().copied().collect(), layer: *layer }))
        };
        self.with(|steps| steps.iter().filter_map(step).collect())
    }

    /// Whether a step was found in the cache.
    pub(crate) fn is_cached(&self, id: NodeId) -> bool {
        self.with(|steps| steps.get(&id).is_some_and(|traced| traced.cached))
    }

    fn chain(&self, id: NodeId) -> Option<Digest> {
        self.with(|steps| steps.get(&id).map(|traced| traced.chain))
    }
}

impl Traced {
    fn new() -> Self {
        Self { chain: Digest::of(b""), step: None, cached: false, reasons: Vec::new() }
    }
}

/// One digest for the layers of a file system.
fn chain_digest(chain: &Chain) -> Digest {
    let mut hash = Hasher::new();
    chain.iter().for_each(|layer| hash.field(layer.id.as_bytes()));
    hash.finish()
}

impl Engine<'_> {
    /// Records what a step that is not in the cache is made of, and finds out why it is not.
    pub(crate) fn explain_miss(
        &self,
        id: NodeId,
        keys: &Keys,
        chains: &BTreeMap<NodeId, Chain>,
    ) -> Result<(), BuildError> {
        let inputs = self.inputs(id, chains)?;
        if self.options.explain.reasons {
            let reasons =
                if self.options.no_cache { vec![Reason::NoCache] } else { self.reasons(id, keys, &inputs)? };
            self.trace.reasons(id, reasons);
        }
        let bytes = serde_json::to_vec(&inputs).map_err(|error| BuildError::new(error.to_string()))?;
        for key in keys.all() {
            self.store.cache_put_soon(INPUTS, key, &bytes)?;
        }
        let definition = &self.plan.nodes[id.0].digest;
        Ok(self.store.cache_put_soon(DEFINITION, definition, keys.first().hex().as_bytes())?)
    }

    /// What a step was made of is known under each of its keys.
    pub(crate) fn share_inputs(&self, from: &Digest, to: &Digest) -> Result<(), BuildError> {
        let Some(bytes) = self.store.cache_get(INPUTS, from)? else { return Ok(()) };
        Ok(self.store.cache_put_soon(INPUTS, to, &bytes)?)
    }

    fn reasons(&self, id: NodeId, keys: &Keys, inputs: &Inputs) -> Result<Vec<Reason>, BuildError> {
        let last = self.trace.last.get_or_init(|| self.load_last());
        let node = &self.plan.nodes[id.0];
        let known = last.step(node, self.plan).map(|step| step.key);
        let key = match known {
            Some(key) => Some(key),
            None => self.key_of_definition(&node.digest)?,
        };
        let Some(key) = key else { return Ok(vec![Reason::NeverBuilt]) };
        if keys.all().any(|own| *own == key) {
            return Ok(vec![Reason::Collected]);
        }
        let old = self.store.cache_get(INPUTS, &key)?;
        let old: Option<Inputs> = old.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let Some(old) = old else { return Ok(vec![Reason::Forgotten]) };
        let mut reasons = diff::reasons(&old, inputs, &|name, value| self.hides(name, value));
        if reasons.is_empty() {
            reasons.push(Reason::Collected);
        }
        Ok(reasons)
    }

    fn key_of_definition(&self, definition: &Digest) -> Result<Option<Digest>, BuildError> {
        let bytes = self.store.cache_get(DEFINITION, definition)?;
        Ok(bytes.and_then(|bytes| Digest::from_hex(&String::from_utf8_lossy(&bytes)).ok()))
    }

    fn load_last(&self) -> LastBuild {
        let Some(file) = &self.options.explain.file else { return LastBuild::default() };
        // What cannot be read explains nothing.
        let bytes = self.store.cache_get(last::KIND, file).ok().flatten().unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// Remembers the keys of the steps for the next build of this Dockerfile.
    pub(crate) fn remember(&self) -> Result<(), BuildError> {
        let Some(file) = &self.options.explain.file else { return Ok(()) };
        let before = self.store.cache_get(last::KIND, file)?.unwrap_or_default();
        let mut build: LastBuild = serde_json::from_slice(&before).unwrap_or_default();
        let steps = self.trace.with(|steps| steps.clone());
        build.update(self.plan, |id| {
            let (keys, _) = steps.get(&id)?.step.as_ref()?;
            Some(*keys.first())
        });
        let after = serde_json::to_vec(&build).map_err(|error| BuildError::new(error.to_string()))?;
        if after == before { Ok(()) } else { Ok(self.store.cache_put(last::KIND, file, &after)?) }
    }

    /// What happened to the steps, in the order of the plan, with the reasons where they were asked for.
    pub fn explained(&self) -> Vec<StepReport> {
        let steps = self.trace.with(|steps| steps.clone());
        let is_step = |node: &Node| matches!(node.op, Op::Exec(_) | Op::Copy(_) | Op::Mkdir { .. });
        let nodes = self.plan.nodes.iter().enumerate().filter(|(_, node)| is_step(node));
        nodes
            .filter_map(|(at, node)| {
                let traced = steps.get(&NodeId(at))?;
                let ran = !traced.cached;
                Some(StepReport::new(node, self.plan, ran, traced.reasons.clone()))
            })
            .collect()
    }

    /// Whether a value is shown to nobody.
    fn hides(&self, name: &str, value: &str) -> bool {
        let lent = |secret: &crate::Secret| {
            let lent = String::from_utf8_lossy(secret.value.reveal());
            let lent = lent.trim();
            lent.len() >= 4 && value.contains(lent)
        };
        (self.options.explain.is_secret)(name) || self.options.secrets.values().any(lent)
    }
}

/// What a node is called in reasons.
pub(crate) fn label(node: &Node) -> String {
    let line: String = node.origin.text.lines().next().unwrap_or_default().chars().take(100).collect();
    format!("[{} {}/{}] {line}", node.origin.stage_name, node.origin.step, node.origin.steps)
}
