//! The archives of `docker save` and `docker load`: `manifest.json` names configuration and layers.

use std::io::{self, Write};

use image::{Descriptor, Digest, ImageConfig, Manifest, Reference, media_type};
use serde::{Deserialize, Serialize};

use super::read::is_tagged;
use super::source::Source;
use super::{blob_name, exported, parse};
use crate::images::to_json;
use crate::tar_write::TarWriter;
use crate::unpack::{Format, decompress, sniff};
use crate::{Store, StoreError};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Saved {
    pub(super) config: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    pub(super) layers: Vec<String>,
}

/// Writes an image as `docker load` and `podman load` read it. `names` that are references with a tag become the
/// image's names there. Layers stay compressed as they are, but those in Zstandard, which older Docker does not
/// read, are written uncompressed.
pub fn export_docker(
    store: &Store,
    image: &Descriptor,
    names: &[String],
    out: &mut dyn Write,
) -> Result<(), StoreError> {
    let image = exported(store, image)?;
    if media_type::is_index(&image.media_type) {
        let why = "an archive for `docker load` has one platform; name the image of one";
        return Err(StoreError::refused(format!("index `{}`", image.digest), why));
    }
    let manifest: Manifest = store.document(&image, "manifest")?;
    let mut tar = TarWriter::new(out, Some(0));
    let mut written = std::collections::BTreeSet::new();
    let mut layers = Vec::new();
    for layer in &manifest.layers {
        let plain = plain_layer(store, layer)?;
        layers.push(blob_name(&plain));
        if written.insert(plain.digest) {
            super::write::write_blobs(store, &[plain], &mut tar)?;
        }
    }
    super::write::write_blobs(store, std::slice::from_ref(&manifest.config), &mut tar)?;
    let saved = Saved { config: blob_name(&manifest.config), repo_tags: Some(tags(names)), layers };
    tar.bytes("manifest.json", &to_json(&[saved])?)?;
    tar.finish()
}

/// The layer itself, or its uncompressed form as a blob of the store.
fn plain_layer(store: &Store, layer: &Descriptor) -> Result<Descriptor, StoreError> {
    if layer.media_type != media_type::LAYER_ZSTD {
        return if store.has_blob(&layer.digest) {
            Ok(layer.clone())
        } else {
            Err(StoreError::missing_blob(&layer.digest))
        };
    }
    let mut writer = store.blob_writer()?;
    let copied =
        decompress(store.open_blob(layer)?).and_then(|mut reader| io::copy(&mut reader, &mut writer));
    copied.map_err(|error| StoreError::corrupt(format!("blob `{}`", layer.digest), error))?;
    let (digest, size) = writer.commit(None)?;
    Ok(Descriptor::new(media_type::LAYER, digest, size))
}

fn tags(names: &[String]) -> Vec<String> {
    let references = names.iter().filter_map(|name| name.parse::<Reference>().ok());
    references.filter_map(|name| Some(name.with_tag(name.tag_or_latest()?).familiar())).collect()
}

/// The image of a tag, or the first, in the text of `manifest.json`.
pub(super) fn find(manifest: &[u8], tag: Option<&str>, what: &str) -> Result<Saved, StoreError> {
    let all: Vec<Saved> = parse(manifest, &format!("`manifest.json` of {what}"))?;
    let has_tag = |saved: &Saved| {
        let tags = saved.repo_tags.as_deref().unwrap_or_default();
        tag.is_none_or(|tag| tags.iter().any(|name| is_tagged(name, tag)))
    };
    all.into_iter().find(has_tag).ok_or_else(|| no_image(what))
}

fn no_image(what: &str) -> StoreError {
    StoreError::refused(what, "it does not have the image that was asked for")
}

pub(super) fn absent(what: &str, name: &str) -> StoreError {
    StoreError::refused(what, format!("it lacks `{name}`"))
}

/// Imports an image of such an archive; a manifest is made for it.
pub(super) fn import(
    store: &Store,
    source: &Source,
    manifest: &[u8],
    tag: Option<&str>,
    digest: Option<Digest>,
    what: &str,
) -> Result<Descriptor, StoreError> {
    let missing = || no_image(what);
    let saved = find(manifest, tag, what)?;
    let absent = |name: &str| absent(what, name);
    let config_bytes = source.document(&saved.config)?.ok_or_else(|| absent(&saved.config))?;
    let config: ImageConfig = parse(&config_bytes, &format!("the configuration in {what}"))?;
    if config.rootfs.diff_ids.len() != saved.layers.len() {
        return Err(StoreError::refused(what, "its configuration names another number of layers"));
    }
    let mut layers = Vec::new();
    for (name, diff_id) in saved.layers.iter().zip(&config.rootfs.diff_ids) {
        let (reader, _) = source.reader(name)?.ok_or_else(|| absent(name))?;
        layers.push(import_layer(store, reader, diff_id)?);
    }
    store.put_blob(&config_bytes)?;
    let document = Manifest::new(Descriptor::of(media_type::CONFIG, &config_bytes), layers);
    let bytes = to_json(&document)?;
    let made = Descriptor::of(media_type::MANIFEST, &bytes);
    if digest.is_some_and(|digest| digest != made.digest) {
        return Err(missing());
    }
    store.put_blob(&bytes)?;
    Ok(made)
}

fn import_layer(
    store: &Store,
    mut reader: Box<dyn io::Read + '_>,
    diff_id: &Digest,
) -> Result<Descriptor, StoreError> {
    let failed = |error: io::Error| StoreError::refused(format!("layer `{diff_id}`"), error);
    let mut head = Vec::new();
    io::Read::read_to_end(&mut io::Read::take(&mut reader, 8), &mut head).map_err(failed)?;
    let media_type = match sniff(&head) {
        Format::Plain => media_type::LAYER,
        Format::Gzip => media_type::LAYER_GZIP,
        Format::Zstd => media_type::LAYER_ZSTD,
        Format::Bzip2 | Format::Xz => {
            return Err(StoreError::refused(
                format!("layer `{diff_id}`"),
                "images have no layers of this compression",
            ));
        }
    };
    let mut writer = store.blob_writer()?;
    writer.write_all(&head).and_then(|()| io::copy(&mut reader, &mut writer)).map_err(failed)?;
    // The digest of a compressed layer says nothing yet; its content is checked when it is unpacked.
    let expected = (media_type == media_type::LAYER).then_some((*diff_id, None));
    let (digest, size) = writer.commit(expected)?;
    Ok(Descriptor::new(media_type, digest, size))
}
