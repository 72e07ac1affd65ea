//! Takes the image that another engine made, and tells which node made which of its layers.

use std::collections::BTreeMap;
use std::path::Path;

use build_engine::{BuildError, Foreign, LayerRef};
use image::{Digest, Entry, ImageConfig, Manifest};
use plan::{NodeId, Op, Output};

use store::{Index, Merged};

use super::{Remote, base_layers, plain};
use crate::export::unpacked;

impl Remote<'_> {
    /// Takes an image out of an archive.
    pub(super) fn bring(&self, path: &Path, output: &Output, made: &mut Foreign) -> Result<(), BuildError> {
        let store = self.session.store;
        let top = store::layout::import(store, path, None, None)?;
        let (_, manifest) =
            store.manifest(&top, &output.platform).or_else(|error| store.any_manifest(&top).ok_or(error))?;
        let config = store.config(&manifest)?;
        let layers = self.layers(&manifest, &config, output)?;
        let steps = self.steps(output.node);
        let below = self.below(output, &steps, &layers, made);
        let own = layers.get(below..).unwrap_or_default();
        if own.len() != steps.len() {
            let text = format!(
                "the engine made {} layers for {} steps: which is whose is not known, so there is no lineage",
                own.len(),
                steps.len()
            );
            self.session.observer.note(&text);
            made.chains[output.node.0] = layers;
            made.unknown.insert(output.node);
            return Ok(());
        }
        let mut chain = self.base(output, &steps, &layers[..below], made)?;
        for (step, layer) in steps.iter().zip(own) {
            // Where a step changed nothing an engine makes an empty layer; here there is none.
            let is_empty =
                store.layer(&layer.id)?.is_some_and(|layer| layer.meta().is_ok_and(|meta| meta.entries == 0));
            chain.extend(Some(layer.clone()).filter(|_| !is_empty));
            made.made.insert(*step, (!is_empty).then_some(layer.id));
            made.chains[step.0].clone_from(&chain);
        }
        Ok(())
    }

    /// The node that the steps stand on.
    fn bottom(&self, output: &Output, steps: &[NodeId]) -> Option<NodeId> {
        steps.first().map_or(Some(output.node), |first| self.plan.nodes[first.0].input)
    }

    /// How many layers are those of the base; none where the engine has not kept them apart.
    fn below(&self, output: &Output, steps: &[NodeId], layers: &[LayerRef], made: &Foreign) -> usize {
        let Some(base) = self.bottom(output, steps) else { return 0 };
        let kept = layers.iter().take_while(|layer| layer.base.is_some()).count();
        match self.plan.nodes[base.0].op {
            Op::Image(_) if kept > 0 => {
                if kept == made.chains[base.0].len() {
                    kept
                } else {
                    0
                }
            }
            Op::Scratch => 0,
            // What was sent, or fetched by the engine, is one layer.
            _ => layers.len().min(1),
        }
    }

    /// The layers of the base. Where it was sent and came back as it was, they are those that it has here.
    fn base(
        &self,
        output: &Output,
        steps: &[NodeId],
        layers: &[LayerRef],
        made: &mut Foreign,
    ) -> Result<Vec<LayerRef>, BuildError> {
        let Some(base) = self.bottom(output, steps) else { return Ok(Vec::new()) };
        let own = &made.chains[base.0];
        let [came] = layers else { return Ok(layers.to_vec()) };
        if came.base.is_none() && !own.is_empty() {
            let store = self.session.store;
            let sent = own.iter().map(|layer| unpacked(store, self.supply, layer));
            let sent = Merged::new(sent.collect::<Result<_, _>>().map_err(plain)?)?;
            let came = store.layer(&came.id)?.map(|layer| layer.index()).transpose()?;
            if came.is_some_and(|came| same(&sent, &came)) {
                return Ok(own.clone());
            }
        }
        made.chains[base.0] = layers.to_vec();
        Ok(layers.to_vec())
    }

    /// The nodes on top of a base, the first of them first.
    fn steps(&self, node: NodeId) -> Vec<NodeId> {
        let mut steps = Vec::new();
        let mut at = Some(node);
        while let Some(id) = at {
            let node = &self.plan.nodes[id.0];
            if matches!(node.op, Op::Exec(_) | Op::Copy(_) | Op::Mkdir { .. }) {
                steps.push(id);
            }
            at = node.input;
        }
        steps.reverse();
        steps
    }

    /// The layers of an image that came: those of the base as its registry has them, the others unpacked. Where times are
    /// limited, the engine's own are no part of what they are.
    fn layers(
        &self,
        manifest: &Manifest,
        config: &ImageConfig,
        output: &Output,
    ) -> Result<Vec<LayerRef>, BuildError> {
        let store = self.session.store;
        let base = self.plan.bottom(output.node);
        let known: BTreeMap<Digest, LayerRef> =
            base.iter().flat_map(|image| base_layers(image)).map(|layer| (layer.id, layer)).collect();
        let mut out = Vec::new();
        for (diff_id, blob) in config.rootfs.diff_ids.iter().zip(&manifest.layers) {
            if let Some(layer) = known.get(diff_id) {
                out.push(layer.clone());
                continue;
            }
            let layer = match self.prepared.epoch {
                Some(epoch) => store.adopt(blob, diff_id, epoch.seconds)?,
                None => store.unpack(blob, diff_id)?,
            };
            out.push(LayerRef { id: layer.id(), base: None });
        }
        Ok(out)
    }
}

/// Whether a layer is a file system in all but its times.
fn same(tree: &Merged, layer: &Index) -> bool {
    let alike = |one: &Entry, other: &Entry| {
        Entry { mtime: 0, undated: true, ..one.clone() } == Entry { mtime: 0, undated: true, ..other.clone() }
    };
    let inner = |entry: &&Entry| !entry.path.is_empty();
    tree.entries().filter(inner).count() == layer.entries().iter().filter(inner).count()
        && tree
            .entries()
            .filter(inner)
            .zip(layer.entries().iter().filter(inner))
            .all(|(one, other)| alike(one, other))
}
