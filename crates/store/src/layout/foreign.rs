//! Images that lie in files, read where they are: nothing of them is brought into the store.

use std::io;
use std::path::Path;
use std::sync::Arc;

use image::{Descriptor, Digest, ImageConfig, Index, Manifest, Platform, media_type};
use kit::Bytes;

use super::source::Source;
use super::{blob_name, docker, parse, read};
use crate::layer_tar::LayerTar;
use crate::{Store, StoreError};

/// An image in an OCI layout or in an archive of `docker save`.
pub struct Foreign {
    /// Its manifest; none in an archive of `docker save`.
    pub manifest: Option<Descriptor>,
    /// Its configuration.
    pub config: ImageConfig,
    /// Digest of its configuration's text.
    pub config_digest: Digest,
    source: Source,
    /// The names of its layers in the source.
    layers: Vec<String>,
    what: String,
}

impl Foreign {
    /// Finds an image in a file or directory. `tag` chooses among several, and `platform` among those of an index;
    /// without one any platform will do when `host` is not there.
    pub fn open(
        store: &Store,
        path: &Path,
        tag: Option<&str>,
        platform: Option<&Platform>,
    ) -> Result<Self, StoreError> {
        let source = Source::open(store, path)?;
        let what = format!("`{}`", path.display());
        if let Some(bytes) = source.document("index.json")? {
            let index: Index = parse(&bytes, &format!("the index of {what}"))?;
            let chosen = read::choose(store, &source, &index, tag, None, &what)?;
            return Self::of_layout(source, chosen, platform, what);
        }
        let Some(bytes) = source.document("manifest.json")? else {
            let why = "it is neither an OCI layout nor an archive of `docker save`";
            return Err(StoreError::refused(what, why));
        };
        let saved = docker::find(&bytes, tag, &what)?;
        let config = source.document(&saved.config)?;
        let config = config.ok_or_else(|| docker::absent(&what, &saved.config))?;
        Self::new(source, None, &config, saved.layers, what)
    }

    fn of_layout(
        source: Source,
        mut chosen: Descriptor,
        platform: Option<&Platform>,
        what: String,
    ) -> Result<Self, StoreError> {
        if media_type::is_index(&chosen.media_type) {
            let index: Index = parse(&document(&source, &chosen, &what)?, &format!("an index of {what}"))?;
            let host = Platform::host();
            let found = index.select(platform.unwrap_or(&host));
            let any = || index.manifests.first().filter(|_| platform.is_none());
            let none = || StoreError::refused(&what, "it has no image of this platform");
            chosen = found.or_else(any).cloned().ok_or_else(none)?;
        }
        let bytes = document(&source, &chosen, &what)?;
        let manifest: Manifest = parse(&bytes, &format!("the manifest of {what}"))?;
        let config = document(&source, &manifest.config, &what)?;
        let layers = manifest.layers.iter().map(blob_name).collect();
        Self::new(source, Some(chosen), &config, layers, what)
    }

    fn new(
        source: Source,
        manifest: Option<Descriptor>,
        config: &[u8],
        layers: Vec<String>,
        what: String,
    ) -> Result<Self, StoreError> {
        let config_digest = Digest::of(config);
        let config: ImageConfig = parse(config, &format!("the configuration in {what}"))?;
        if config.rootfs.diff_ids.len() != layers.len() {
            return Err(StoreError::refused(what, "its configuration names another number of layers"));
        }
        Ok(Self { manifest, config, config_digest, source, layers, what })
    }

    /// Number of layers.
    pub fn layers(&self) -> usize {
        self.layers.len()
    }

    /// The tar of a layer. Its bytes are not checked against a digest: who loads the image does so.
    pub fn layer_tar(&self, number: usize) -> Result<LayerTar, StoreError> {
        let (file, offset, size) = self.place(number)?;
        let failed =
            |error: io::Error| StoreError::refused(format!("layer {} of {}", number + 1, self.what), error);
        LayerTar::of_section(file, offset, size).map_err(failed)
    }

    /// What changes when the bytes of a layer do, as far as the file system can tell.
    pub fn stamp(&self, number: usize) -> Result<String, StoreError> {
        let name = &self.layers[number];
        self.source.stamp(name)?.ok_or_else(|| docker::absent(&self.what, name))
    }

    fn place(&self, number: usize) -> Result<(Arc<Bytes>, u64, u64), StoreError> {
        let name = &self.layers[number];
        self.source.place(name)?.ok_or_else(|| docker::absent(&self.what, name))
    }
}

/// A document of a layout, which has to be what its digest says.
fn document(source: &Source, descriptor: &Descriptor, what: &str) -> Result<Vec<u8>, StoreError> {
    let name = blob_name(descriptor);
    let bytes = source.document(&name)?.ok_or_else(|| docker::absent(what, &name))?;
    if Digest::of(&bytes) != descriptor.digest {
        return Err(StoreError::corrupt(format!("`{name}` of {what}"), "its content has another digest"));
    }
    Ok(bytes)
}
