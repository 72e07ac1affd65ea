//! Makes the image of what a plan made: layer blobs, configuration, manifest.

use image::{Descriptor, Digest, History, ImageConfig, Index, Manifest, Platform, media_type};
use plan::{BaseImage, NodeId, Op, Output, Plan};
use store::{Compression, ExportOptions, Store};

use crate::BuildError;
use crate::engine::{Fetch, LayerRef, Solved};

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

/// Exports the layers of an output of the plan and writes configuration and manifest. Without `fetch`, the blobs of
/// base layers that nothing has read stay where they are.
pub fn assemble(
    store: &Store,
    plan: &Plan,
    output: &Output,
    solved: &Solved,
    fetch: Option<&dyn Fetch>,
    options: &AssembleOptions,
) -> Result<Assembled, BuildError> {
    let mut config = output.config.clone();
    config.history = history(plan, output, solved, &options.created);
    assemble_layers(store, solved.layers(output.node), config, fetch, options)
}

/// Exports layers and writes an image of them with this configuration.
pub fn assemble_layers(
    store: &Store,
    layers: &[LayerRef],
    mut config: ImageConfig,
    fetch: Option<&dyn Fetch>,
    options: &AssembleOptions,
) -> Result<Assembled, BuildError> {
    let mut descriptors = Vec::new();
    for layer in layers {
        let (diff_id, descriptor) = export(store, layer, fetch, options)?;
        config.rootfs.diff_ids.push(diff_id);
        descriptors.push(descriptor);
    }
    config.created = Some(options.created.clone());
    write(store, &config, descriptors)
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

fn export(
    store: &Store,
    layer: &LayerRef,
    fetch: Option<&dyn Fetch>,
    options: &AssembleOptions,
) -> Result<(Digest, Descriptor), BuildError> {
    let Some((image, blob)) = &layer.base else {
        let export = ExportOptions {
            epoch: options.epoch,
            compression: options.compression,
            level: options.level,
            threads: options.threads,
        };
        let exported = store.export(&layer.id, &export)?;
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
    let mut out = base_image(plan, output.node).map(|image| image.config.history.clone()).unwrap_or_default();
    for (entry, node) in &output.history {
        let made = node.is_some_and(|node| made_layer(plan, solved, node));
        out.push(History { created: Some(created.to_owned()), empty_layer: !made, ..entry.clone() });
    }
    out
}

fn made_layer(plan: &Plan, solved: &Solved, node: NodeId) -> bool {
    let below = plan.nodes[node.0].input.map_or(0, |input| solved.layers(input).len());
    solved.layers(node).len() > below
}

/// The image at the bottom of a node.
fn base_image(plan: &Plan, mut node: NodeId) -> Option<&BaseImage> {
    loop {
        match (&plan.nodes[node.0].op, plan.nodes[node.0].input) {
            (Op::Image(image), _) => return Some(image),
            (_, Some(input)) => node = input,
            (_, None) => return None,
        }
    }
}
