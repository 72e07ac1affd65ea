//! Makes the image of what a plan made: layer blobs, configuration, manifest.

use image::{Descriptor, Digest, History, ImageConfig, Index, Manifest, Platform, media_type};
use plan::{NodeId, Output, Plan};
use store::{Compression, ExportOptions, Store};

use crate::engine::{Fetch, LayerRef, Solved};
use crate::{BuildError, Imports, ShareMode, share, shared_steps};

/// How the image is made.
#[derive(Debug, Clone)]
pub struct AssembleOptions {
    /// Times of files after this one (seconds since 1970) are set to it; `None` keeps them.
    pub epoch: Option<i64>,
    /// Time of the configuration and history, RFC 3339.
    pub created: String,
    /// Compression of new layers.
    pub compression: Compression,
    /// How hard, on the algorithm's own scale; `None` is fast.
    pub level: Option<i32>,
    /// Threads that compress.
    pub threads: usize,
    /// Whether the configuration says which steps gave its layers (`--cache-to type=inline`).
    pub inline: bool,
}

/// The field of a configuration that holds a [`CacheDocument`].
pub const INLINE_CACHE: &str = "cooper.cache.v1";
/// A longer one stays out of it.
const MAX_INLINE: usize = 1 << 20;

/// Where the layers of an image are had from.
#[derive(Clone, Copy)]
pub struct Layers<'a> {
    /// Where they are put together.
    pub store: &'a Store,
    /// Fetches what is not in the store. Without it, blobs that nothing has read stay where they are.
    pub fetch: Option<&'a dyn Fetch>,
    /// Layers that others have.
    pub imports: &'a Imports<'a>,
}

/// An image in the store.
#[derive(Debug, Clone)]
pub struct Assembled {
    /// Its manifest.
    pub manifest: Descriptor,
    /// Its configuration's descriptor: what Docker calls the image ID.
    pub config: Descriptor,
    /// Layers with their sizes as stored, base first.
    pub layers: Vec<Descriptor>,
}

/// Exports the layers of an output of the plan and writes configuration and manifest.
pub fn assemble(
    from: Layers<'_>,
    plan: &Plan,
    output: &Output,
    solved: &Solved,
    options: &AssembleOptions,
) -> Result<Assembled, BuildError> {
    let mut config = output.config.clone();
    config.history = history(plan, output, solved, &options.created);
    if options.inline {
        let steps = shared_steps(plan, std::slice::from_ref(output), solved, ShareMode::Min);
        let document = share(from.store, from.imports, &steps, &options.export())?;
        if let Some(bytes) = document.to_bytes().filter(|bytes| bytes.len() <= MAX_INLINE) {
            let value = serde_json::from_slice(&bytes).map_err(|error| BuildError::new(error.to_string()))?;
            config.other.insert(INLINE_CACHE.to_owned(), value);
        }
    }
    assemble_layers(from, solved.layers(output.node), config, options)
}

/// Exports layers and writes an image of them with this configuration.
pub fn assemble_layers(
    from: Layers<'_>,
    layers: &[LayerRef],
    mut config: ImageConfig,
    options: &AssembleOptions,
) -> Result<Assembled, BuildError> {
    let mut descriptors = Vec::new();
    for layer in layers {
        let (diff_id, descriptor) = export(from, layer, &options.export())?;
        config.rootfs.diff_ids.push(diff_id);
        descriptors.push(descriptor);
    }
    config.created = Some(options.created.clone());
    write(from.store, &config, descriptors)
}

/// Writes the index of an image for several platforms (OCI image-spec, "Image Index"), with other entries behind them.
pub fn assemble_index(
    store: &Store,
    images: &[(Platform, &Assembled)],
    others: Vec<Descriptor>,
) -> Result<Descriptor, BuildError> {
    let manifest = |(platform, image): &(Platform, &Assembled)| Descriptor {
        platform: Some(platform.clone()),
        ..image.manifest.clone()
    };
    let index = Index::new(images.iter().map(manifest).chain(others).collect());
    let bytes = serde_json::to_vec(&index).map_err(|error| BuildError::new(error.to_string()))?;
    store.put_blob(&bytes)?;
    Ok(Descriptor::of(media_type::INDEX, &bytes))
}

fn write(store: &Store, config: &ImageConfig, layers: Vec<Descriptor>) -> Result<Assembled, BuildError> {
    let json = |error: serde_json::Error| BuildError::new(error.to_string());
    let config_bytes = serde_json::to_vec(config).map_err(json)?;
    let config = Descriptor::of(media_type::CONFIG, &config_bytes);
    store.put_blob(&config_bytes)?;
    let manifest_bytes = serde_json::to_vec(&Manifest::new(config.clone(), layers.clone())).map_err(json)?;
    let manifest = Descriptor::of(media_type::MANIFEST, &manifest_bytes);
    store.put_blob(&manifest_bytes)?;
    Ok(Assembled { manifest, config, layers })
}

impl AssembleOptions {
    /// How layers become blobs.
    pub fn export(&self) -> ExportOptions {
        let Self { epoch, compression, level, threads, .. } = *self;
        ExportOptions { epoch, compression, level, threads }
    }
}

fn export(
    from: Layers<'_>,
    layer: &LayerRef,
    options: &ExportOptions,
) -> Result<(Digest, Descriptor), BuildError> {
    let Layers { store, fetch, imports } = from;
    let Some((image, blob)) = &layer.base else {
        if store.layer(&layer.id)?.is_none() {
            if fetch.is_none()
                && let Some(known) = imports.exported(&layer.id, options)
            {
                return Ok((known.diff_id, known.descriptor));
            }
            imports.bring(store, &layer.id)?;
        }
        let exported = store.export(&layer.id, options)?;
        return Ok((exported.diff_id, exported.descriptor));
    };
    if let Some(fetch) = fetch
        && !store.has_blob(&blob.digest)
    {
        fetch.blob(image, blob)?;
    }
    let media_type = match blob.media_type.as_str() {
        media_type::DOCKER_LAYER_GZIP => media_type::LAYER_GZIP,
        other => other,
    };
    Ok((layer.id, Descriptor::new(media_type, blob.digest, blob.size)))
}

/// The base's history, then that of the build.
fn history(plan: &Plan, output: &Output, solved: &Solved, created: &str) -> Vec<History> {
    let known = solved.knows_steps(output.node);
    let base = plan.bottom(output.node).filter(|_| known);
    let mut out = base.map(|image| image.config.history.clone()).unwrap_or_default();
    if !known {
        let one = History { created: Some(created.to_owned()), ..History::default() };
        out.resize(solved.layers(output.node).len(), one);
    }
    for (entry, node) in &output.history {
        let made = known && node.is_some_and(|node| made_layer(plan, solved, node));
        out.push(History { created: Some(created.to_owned()), empty_layer: !made, ..entry.clone() });
    }
    out
}

fn made_layer(plan: &Plan, solved: &Solved, node: NodeId) -> bool {
    let below = plan.nodes[node.0].input.map_or(0, |input| solved.layers(input).len());
    solved.layers(node).len() > below
}
