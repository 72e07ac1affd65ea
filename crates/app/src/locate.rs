//! Images by what a user calls them: a name or a digest of the store, a layout or an archive, or a name at a registry.

use std::path::{Path, PathBuf};

use image::{Descriptor, Digest, ImageConfig, Manifest, Platform, Reference};
use lineage::{Explainer, Lineage, Stack};
use store::{Merged, Store};

use crate::transfer::pull_blob;
use crate::{AppError, World, attest};

/// An image of one platform with its layers.
pub(crate) struct Located {
    /// What it was called.
    pub(crate) name: String,
    pub(crate) manifest_descriptor: Descriptor,
    pub(crate) manifest: Manifest,
    pub(crate) config: ImageConfig,
}

/// Finds an image. `fetch` allows to ask its registry when it is nowhere here.
pub(crate) fn locate(
    world: &World,
    store: &Store,
    text: &str,
    platform: Option<&Platform>,
    fetch: bool,
) -> Result<Located, AppError> {
    let host = Platform::host();
    let wanted = platform.unwrap_or(&host);
    let top = top(world, store, text, wanted, fetch)?;
    let found = store.manifest(&top, wanted);
    let (manifest_descriptor, manifest) = match (found, platform) {
        (Ok(found), _) => found,
        // Any platform will do when none was asked for.
        (Err(error), None) => store.any_manifest(&top).ok_or(error)?,
        (Err(error), Some(_)) => return Err(error.into()),
    };
    let config = store.config(&manifest)?;
    Ok(Located { name: text.to_owned(), manifest_descriptor, manifest, config })
}

fn top(
    world: &World,
    store: &Store,
    text: &str,
    platform: &Platform,
    fetch: bool,
) -> Result<Descriptor, AppError> {
    if let Some((path, tag)) = image_file(world, text) {
        return Ok(store::layout::import(store, &path, tag, None)?);
    }
    let reference = text.parse::<Reference>();
    if let Ok(reference) = &reference
        && let Some(found) = store.image(reference)?
    {
        return Ok(found);
    }
    if let Some(found) = store.image_by_prefix(text.strip_prefix("sha256:").unwrap_or(text))? {
        return Ok(found);
    }
    let reference = reference.map_err(|error| AppError::usage(error.to_string()))?;
    if !fetch {
        return Err(crate::transfer::not_here(&reference));
    }
    crate::transfer::pull(world, &reference, platform, &registry::NoProgress)
}

/// The layout or archive that a name stands for, and the tag in it.
pub(crate) fn image_file<'a>(world: &World, text: &'a str) -> Option<(PathBuf, Option<&'a str>)> {
    let (path, tag) = match text.strip_prefix("oci-layout://") {
        Some(rest) => split_tag(rest),
        None => (text, None),
    };
    let path = world.path(path);
    (text.starts_with("oci-layout://") || is_image_file(&path)).then_some((path, tag))
}

/// A layout or an archive, and not a directory that only has the name of an image.
fn is_image_file(path: &Path) -> bool {
    path.is_file() || path.join("oci-layout").is_file() || path.join("index.json").is_file()
}

pub(crate) fn split_tag(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
        _ => (text, None),
    }
}

impl Located {
    /// Its layers as one file system, unpacked where they are not yet. A base that no step has read may still be at its
    /// registry.
    pub(crate) fn merged(
        &self,
        world: &World,
        store: &Store,
        bases: Option<&Lineage>,
    ) -> Result<Merged, AppError> {
        let mut layers = Vec::new();
        for (diff_id, blob) in self.config.rootfs.diff_ids.iter().zip(&self.manifest.layers) {
            if let Some(layer) = store.layer(diff_id)? {
                layers.push(layer);
                continue;
            }
            if !store.has_blob(&blob.digest) {
                let reference = self.origin_of(bases, diff_id)?;
                pull_blob(world.client()?, store, &reference, blob, &registry::NoProgress)?;
            }
            layers.push(store.unpack(blob, diff_id)?);
        }
        Ok(Merged::new(layers)?)
    }

    /// The image of a registry that has a layer: a base of the build, else the image itself.
    pub(crate) fn origin_of(&self, bases: Option<&Lineage>, diff_id: &Digest) -> Result<Reference, AppError> {
        let images = bases.iter().flat_map(|lineage| &lineage.nodes).filter_map(|node| node.image.as_ref());
        let mut has_it = images.filter(|image| image.layers.iter().any(|layer| layer.diff_id == *diff_id));
        let named = has_it.next().map_or(&self.name, |image| &image.reference);
        named.parse::<Reference>().map_err(|error| AppError::usage(error.to_string()))
    }

    /// What its build left beside it.
    pub(crate) fn lineage(&self, store: &Store) -> Option<Lineage> {
        let bytes = attest::predicate(store, &self.manifest_descriptor.digest, lineage::PREDICATE_TYPE)?;
        Lineage::parse(&bytes).ok()
    }

    /// What the history says of each layer; nothing when it does not fit.
    pub(crate) fn created_by(&self) -> Vec<Option<String>> {
        created_by(&self.config, self.manifest.layers.len())
    }
}

/// What the history says of each layer; nothing when it does not fit.
pub(crate) fn created_by(config: &ImageConfig, layers: usize) -> Vec<Option<String>> {
    let made: Vec<_> = config.history.iter().filter(|entry| !entry.empty_layer).collect();
    if made.len() != layers {
        return vec![None; layers];
    }
    made.into_iter().map(|entry| entry.created_by.clone()).collect()
}

/// The layers of a file system as a stack to be explained.
pub(crate) fn stack(merged: &Merged) -> Result<Stack, AppError> {
    let indexes = merged.layers().iter().map(|layer| layer.index().map(Some));
    Ok(Stack::new(indexes.collect::<Result<_, _>>()?))
}

/// An image in hand, to be explained.
pub(crate) struct Opened {
    pub(crate) image: Located,
    pub(crate) merged: Merged,
    pub(crate) stack: Stack,
    pub(crate) lineage: Option<Lineage>,
}

/// Opens an image with its layers and its lineage.
pub(crate) fn open(world: &World, text: &str, platform: Option<&Platform>) -> Result<Opened, AppError> {
    opened(world, text, platform, false)
}

/// The same; asks its registry for an image that is nowhere here.
pub(crate) fn open_or_fetch(
    world: &World,
    text: &str,
    platform: Option<&Platform>,
) -> Result<Opened, AppError> {
    opened(world, text, platform, true)
}

fn opened(world: &World, text: &str, platform: Option<&Platform>, fetch: bool) -> Result<Opened, AppError> {
    let store = world.store()?;
    let image = locate(world, &store, text, platform, fetch)?;
    let lineage = image.lineage(&store);
    let merged = image.merged(world, &store, lineage.as_ref())?;
    let stack = stack(&merged)?;
    Ok(Opened { image, merged, stack, lineage })
}

impl Opened {
    pub(crate) fn explainer(&self) -> Explainer<'_> {
        Explainer::new(&self.stack, self.lineage.as_ref())
    }
}
