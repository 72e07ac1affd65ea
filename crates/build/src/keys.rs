//! Cache keys: what a step is, and the content of what it reads.
//!
//! A step is looked up twice. The first key holds the layers of everything it reads, which needs no look at any
//! content; the second holds what it *selects* from them, so that a COPY whose files are the same hits although
//! the stage they come from was made anew.

use std::collections::BTreeMap;

use image::{Digest, Entry};
use kit::Hasher;
use plan::{Node, NodeId, Op, Source};

use crate::BuildError;
use crate::copy::{Picked, Placed};
use crate::engine::{Chain, Engine};

/// The keys of a step, the cheapest first.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    pub(crate) first: Digest,
    second: Option<Digest>,
}

impl Keys {
    /// The key that needs no look at contents.
    pub(crate) const fn first(&self) -> &Digest {
        &self.first
    }

    /// All keys, the cheapest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Digest> {
        std::iter::once(&self.first).chain(&self.second)
    }
}

/// The recorded result of a step.
pub(crate) struct Found {
    /// The layer it added; `None` when it changed nothing.
    pub(crate) layer: Option<Digest>,
}

const KIND: &str = "step";
/// Where the files were before that a COPY placed, by the first key of the step.
pub(crate) const PLACED: &str = "placed";

impl Engine<'_> {
    /// The keys of a step. Contents are read only when the first key misses.
    pub(crate) fn keys(
        &self,
        node: &Node,
        input: &Chain,
        chains: &BTreeMap<NodeId, Chain>,
    ) -> Result<Keys, BuildError> {
        let base = base_key(node, input);
        match &node.op {
            Op::Copy(copy) => {
                let mut layered = copy.remotes().collect::<Vec<_>>();
                match &copy.from {
                    _ if copy.paths().next().is_none() => {}
                    Source::Context(_) => {
                        return Ok(Keys { first: self.selection_key(base, copy, chains)?, second: None });
                    }
                    Source::Node(from) => layered.insert(0, *from),
                }
                let with = |key, node: &NodeId| with_chain(key, "from", &chains[node]);
                let first = layered.iter().fold(base, with);
                let hit = !self.options.no_cache
                    && (self.store.cache_get(KIND, &first)?.is_some()
                        || self.options.imports.lookup(&first).is_some());
                let second = if hit { None } else { Some(self.selection_key(base, copy, chains)?) };
                Ok(Keys { first, second })
            }
            Op::Exec(exec) => {
                let mut key = base;
                for mount in &exec.mounts {
                    key = match mount.source() {
                        Some(Source::Node(from)) => with_chain(key, "mount", &chains[from]),
                        Some(Source::Context(name)) => {
                            self.context_key(key, name.as_ref(), mount.source_path())?
                        }
                        None => key,
                    };
                }
                Ok(Keys { first: key, second: None })
            }
            _ => Ok(Keys { first: base, second: None }),
        }
    }

    fn selection_key(
        &self,
        base: Digest,
        copy: &plan::CopyOp,
        chains: &BTreeMap<NodeId, Chain>,
    ) -> Result<Digest, BuildError> {
        let mut hash = Hasher::new();
        hash.field(base.as_bytes());
        for picked in self.pick(copy, chains)? {
            hash_picked(&mut hash, &picked);
        }
        Ok(hash.finish())
    }

    /// Adds the content of a part of a context that a mount shows.
    fn context_key(&self, key: Digest, name: Option<&String>, source: &str) -> Result<Digest, BuildError> {
        let mut hash = Hasher::new();
        hash.field(key.as_bytes());
        for (entry, digest) in self.context_part(name, source)? {
            hash_entry(&mut hash, &entry, digest);
        }
        Ok(hash.finish())
    }

    /// The result that was recorded for a step here or elsewhere, when its layer can be had.
    pub(crate) fn lookup(&self, keys: &Keys) -> Result<Option<Found>, BuildError> {
        for key in keys.all() {
            let Some(found) = self.recorded(key)? else { continue };
            if *key != keys.first {
                self.record_key(&keys.first, found.layer)?;
                self.share_inputs(key, &keys.first)?;
            }
            return Ok(Some(found));
        }
        for key in keys.all() {
            if let Some(found) = self.options.imports.lookup(key) {
                self.record(keys, found.layer)?;
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// What the store knows of a key.
    fn recorded(&self, key: &Digest) -> Result<Option<Found>, BuildError> {
        let Some(bytes) = self.store.cache_get(KIND, key)? else { return Ok(None) };
        let text = String::from_utf8_lossy(&bytes);
        if text == "-" {
            return Ok(Some(Found { layer: None }));
        }
        let Ok(id) = text.parse::<Digest>() else { return Ok(None) };
        let here = self.store.layer(&id)?.is_some() || self.options.imports.has(&id);
        Ok(here.then_some(Found { layer: Some(id) }))
    }

    /// Keeps where the files of a COPY were before; its key.
    pub(crate) fn keep_placed(&self, keys: &Keys, placed: &Placed) -> Result<(), BuildError> {
        let bytes = serde_json::to_vec(placed).map_err(|error| BuildError::new(error.to_string()))?;
        Ok(self.store.cache_put(PLACED, &keys.first, &bytes)?)
    }

    /// Makes sure that it is known where the files of a COPY that need not run were before. Where that cannot be found
    /// out any more, it stays unknown: the image is the same.
    pub(crate) fn recall_placed(
        &self,
        keys: &Keys,
        copy: &plan::CopyOp,
        input: &Chain,
        chains: &BTreeMap<NodeId, Chain>,
    ) -> Result<(), BuildError> {
        if self.store.cache_get(PLACED, &keys.first)?.is_some() {
            return Ok(());
        }
        // Nothing is fetched for it.
        for layer in chains.values().chain([input]).flat_map(|chain| chain.iter()) {
            if self.store.layer(&layer.id)?.is_none() {
                return Ok(());
            }
        }
        match self.placing(copy, input, chains) {
            Ok(placed) => self.keep_placed(keys, &placed),
            Err(_) => Ok(()),
        }
    }

    /// Records the result of a step.
    pub(crate) fn record(&self, keys: &Keys, made: Option<Digest>) -> Result<(), BuildError> {
        keys.all().try_for_each(|key| self.record_key(key, made))
    }

    fn record_key(&self, key: &Digest, made: Option<Digest>) -> Result<(), BuildError> {
        let text = made.map_or_else(|| "-".to_owned(), |id| id.to_string());
        Ok(self.store.cache_put(KIND, key, text.as_bytes())?)
    }
}

fn base_key(node: &Node, input: &Chain) -> Digest {
    let mut hash = Hasher::new();
    hash.field(b"cooper step 3");
    // Another version may do the same step in another way.
    hash.field(env!("CARGO_PKG_VERSION").as_bytes());
    hash.field(node.digest.as_bytes());
    with_chain(hash.finish(), "input", input)
}

fn with_chain(key: Digest, tag: &str, chain: &Chain) -> Digest {
    let mut hash = Hasher::new();
    hash.field(key.as_bytes());
    hash.field(tag.as_bytes());
    chain.iter().for_each(|layer| hash.field(layer.id.as_bytes()));
    hash.finish()
}

fn hash_picked(hash: &mut Hasher, picked: &Picked) {
    hash.field(&picked.to);
    hash.field(&[picked.role as u8]);
    hash_entry(hash, &picked.entry, picked.entry.digest);
}

/// Takes in everything of an entry but a time that only says when it came to this machine.
fn hash_entry(hash: &mut Hasher, entry: &Entry, digest: Option<Digest>) {
    hash.field(&[entry.kind as u8]);
    hash.field(&if entry.undated { Vec::new() } else { entry.mtime.to_le_bytes().to_vec() });
    hash.update(&entry.mode.to_le_bytes());
    hash.update(&entry.uid.to_le_bytes());
    hash.update(&entry.gid.to_le_bytes());
    hash.update(&entry.rdev.0.to_le_bytes());
    hash.update(&entry.rdev.1.to_le_bytes());
    hash.field(digest.as_ref().map_or(&[][..], |digest| digest.as_bytes()));
    hash.field(&entry.link);
    for (name, value) in &entry.xattrs {
        hash.field(name);
        hash.field(value);
    }
}
