//! Results of steps that other stores have. They are asked for only when a step is not in this store, and the content of
//! a layer is fetched only when something reads it. Whatever fails is a miss.

mod document;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, OnceLock, PoisonError};

use image::{Descriptor, Digest, Reference};
use plan::{NodeId, Output, Plan};
use store::{ExportOptions, Exported, LayerId, Store};

pub use document::{CacheDocument, MAX_DOCUMENT, SharedLayer, SharedStep};

use crate::BuildError;
use crate::engine::Solved;
use crate::keys::Found;

/// A place that has results of steps: a registry, or a directory.
pub trait CacheSource: Sync {
    /// What it is called in messages.
    fn name(&self) -> String;
    /// What it knows; asked once, at the first step that this store does not have.
    fn documents(&self) -> Result<Vec<CacheDocument>, String>;
    /// Brings a blob into the store.
    fn fetch(&self, blob: &Descriptor) -> Result<(), String>;
    /// The image that its blobs are part of, when it is at a registry.
    fn image(&self) -> Option<&Reference>;
}

/// The sources of a build.
pub struct Imports<'a> {
    sources: Vec<&'a dyn CacheSource>,
    /// Takes what a user should know.
    note: &'a (dyn Fn(&str) + Sync),
    loaded: OnceLock<Loaded>,
    /// Layers that could not be had.
    lost: Mutex<BTreeSet<LayerId>>,
    fetching: Mutex<()>,
}

#[derive(Default)]
struct Loaded {
    keys: BTreeMap<Digest, Option<LayerId>>,
    layers: BTreeMap<LayerId, (usize, SharedLayer)>,
}

impl<'a> Imports<'a> {
    /// Nothing is asked yet.
    pub fn new(sources: Vec<&'a dyn CacheSource>, note: &'a (dyn Fn(&str) + Sync)) -> Self {
        Self { sources, note, loaded: OnceLock::new(), lost: Mutex::default(), fetching: Mutex::default() }
    }

    fn loaded(&self) -> &Loaded {
        self.loaded.get_or_init(|| {
            let mut loaded = Loaded::default();
            for (at, source) in self.sources.iter().enumerate() {
                match source.documents() {
                    Ok(documents) => documents.into_iter().for_each(|document| loaded.add(at, document)),
                    Err(why) => (self.note)(&format!("the cache {} is not used: {why}", source.name())),
                }
            }
            loaded
        })
    }

    /// What is known of a key.
    pub(crate) fn lookup(&self, key: &Digest) -> Option<Found> {
        if self.sources.is_empty() {
            return None;
        }
        let layer = *self.loaded().keys.get(key)?;
        layer.is_none_or(|id| self.has(&id)).then_some(Found { layer })
    }

    /// Whether a layer can be had, as far as it is known.
    pub(crate) fn has(&self, id: &LayerId) -> bool {
        let lost = || self.lost.lock().unwrap_or_else(PoisonError::into_inner).contains(id);
        !self.sources.is_empty() && self.loaded().layers.contains_key(id) && !lost()
    }

    /// How many layers could not be had. When it grows, what was taken from the cache has to be looked up again.
    pub fn lost(&self) -> usize {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The blob of a layer that is not here, when it is the one that `options` would make.
    pub(crate) fn exported(&self, id: &LayerId, options: &ExportOptions) -> Option<Exported> {
        if !self.has(id) {
            return None;
        }
        let (at, layer) = self.loaded().layers.get(id)?;
        let same = (layer.epoch, layer.compression, layer.level)
            == (options.epoch, options.compression, options.level);
        (same && self.sources[*at].image().is_some()).then(|| layer.exported())
    }

    /// A layer as it is known, when it can be had.
    pub fn layer(&self, id: &LayerId) -> Option<&SharedLayer> {
        if self.has(id) { self.loaded().layers.get(id).map(|(_, layer)| layer) } else { None }
    }

    /// Where the blobs of layers are.
    pub fn origins(&self) -> BTreeMap<Digest, Reference> {
        let Some(loaded) = self.loaded.get() else { return BTreeMap::new() };
        let origin = |(at, layer): &(usize, SharedLayer)| {
            Some((layer.blob.digest, self.sources[*at].image()?.clone()))
        };
        loaded.layers.values().filter_map(origin).collect()
    }

    /// Fetches a layer. After a failure nothing is taken from the cache that needs it.
    pub fn bring(&self, store: &Store, id: &LayerId) -> Result<store::Layer, BuildError> {
        let gone = || {
            BuildError::environment(format!("layer `{id}` has gone from the store"))
                .help("build again; `cooper store verify` checks the store")
        };
        if !self.has(id) {
            return Err(gone());
        }
        let (at, layer) = self.loaded().layers.get(id).ok_or_else(gone)?;
        let options = ExportOptions {
            epoch: layer.epoch,
            compression: layer.compression,
            level: layer.level,
            threads: 1,
        };
        // One at a time: two steps may need the same.
        let _one = self.fetching.lock().unwrap_or_else(PoisonError::into_inner);
        let source = self.sources[*at];
        let fetched = if store.has_blob(&layer.blob.digest) { Ok(()) } else { source.fetch(&layer.blob) };
        let made = fetched.and_then(|()| {
            store.revive(id, &layer.exported(), &layer.times, &options).map_err(|error| error.to_string())
        });
        made.map_err(|why| {
            let text =
                format!("a layer of the cache {} cannot be had, so its step runs: {why}", source.name());
            (self.note)(&text);
            self.lost.lock().unwrap_or_else(PoisonError::into_inner).insert(*id);
            BuildError::environment(text)
        })
    }
}

impl Loaded {
    /// Of several sources, the first that knows a key counts.
    fn add(&mut self, at: usize, document: CacheDocument) {
        for layer in document.layers {
            self.layers.entry(layer.id).or_insert((at, layer));
        }
        for record in document.records {
            for key in record.keys {
                self.keys.entry(key).or_insert(record.layer);
            }
        }
    }
}

/// Which steps are shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ShareMode {
    /// Those that the images are made of.
    Min,
    /// All.
    Max,
}

/// The results of the steps of a build that are to be shared, for some of its outputs.
pub fn shared_steps(plan: &Plan, outputs: &[Output], solved: &Solved, mode: ShareMode) -> Vec<SharedStep> {
    let mut wanted = BTreeSet::new();
    for output in outputs {
        let mut at = Some(output.node);
        while let Some(node) = at {
            wanted.insert(node);
            at = plan.nodes[node.0].input;
        }
    }
    let nodes = (0..plan.nodes.len()).map(NodeId);
    let nodes = nodes.filter(|node| mode == ShareMode::Max || wanted.contains(node));
    nodes.filter_map(|node| solved.step(node)).collect()
}

/// Exports the layers of steps; what cannot be exported is left out, with the steps that need it.
pub fn share(
    store: &Store,
    imports: &Imports<'_>,
    steps: &[SharedStep],
    options: &ExportOptions,
) -> Result<CacheDocument, BuildError> {
    let ids: BTreeSet<LayerId> = steps.iter().filter_map(|step| step.layer).collect();
    let mut layers = Vec::new();
    for id in ids {
        if store.layer(&id)?.is_none()
            && let Some(layer) = imports.layer(&id)
        {
            layers.push(layer.clone());
            continue;
        }
        let Exported { diff_id, descriptor: blob } = store.export(&id, options)?;
        let times = store.times(&id, options.epoch)?;
        let ExportOptions { epoch, compression, level, .. } = *options;
        layers.push(SharedLayer { id, diff_id, blob, compression, level, epoch, times });
    }
    Ok(CacheDocument::new(steps.to_vec(), layers))
}
