//! Imports images.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use image::{Descriptor, Digest, Index, Manifest, media_type};

use super::beside::{bring_beside, is_image};
use super::source::Source;
use super::{FULL_NAME, blob_name, docker, parse};
use crate::images::{MAX_DOCUMENT, REF_NAME};
use crate::{Store, StoreError};

/// Documents that one import may lead to.
const MAX_DOCUMENTS: usize = 10_000;

/// Brings an image from an OCI layout (a directory, or an archive of any compression) or from an archive of
/// `docker save` into the store; its descriptor. Blobs are verified and copied, layers are not unpacked. `digest`
/// or `tag` choose among several; without them there has to be one image, or one that is tagged `latest`.
pub fn import(
    store: &Store,
    path: &Path,
    tag: Option<&str>,
    digest: Option<Digest>,
) -> Result<Descriptor, StoreError> {
    let source = Source::open(store, path)?;
    let what = format!("`{}`", path.display());
    if let Some(bytes) = source.document("index.json")? {
        let index: Index = parse(&bytes, &format!("the index of {what}"))?;
        let chosen = choose(store, &source, &index, tag, digest, &what)?;
        bring(store, &source, &chosen, &mut BTreeSet::new())?;
        bring_beside(store, &source, &index, &chosen);
        return Ok(Descriptor { annotations: BTreeMap::new(), ..chosen });
    }
    match source.document("manifest.json")? {
        Some(bytes) => docker::import(store, &source, &bytes, tag, digest, &what),
        None => Err(StoreError::refused(what, "it is neither an OCI layout nor an archive of `docker save`")),
    }
}

/// The manifest of a tag of a layout and its configuration; nothing is brought into the store but these.
pub fn documents(store: &Store, path: &Path, tag: &str) -> Result<(Manifest, Vec<u8>), StoreError> {
    let source = Source::open(store, path)?;
    let what = format!("`{}`", path.display());
    let missing = || StoreError::refused(&what, format!("it has nothing tagged `{tag}`"));
    let bytes = source.document("index.json")?.ok_or_else(missing)?;
    let index: Index = parse(&bytes, &format!("the index of {what}"))?;
    let chosen = choose(store, &source, &index, Some(tag), None, &what)?;
    let read = |descriptor: &Descriptor| -> Result<Vec<u8>, StoreError> {
        copy_document(store, &source, descriptor)?;
        store.read_blob(descriptor, MAX_DOCUMENT)
    };
    let manifest: Manifest = parse(&read(&chosen)?, &format!("the manifest of {what}"))?;
    let config = read(&manifest.config)?;
    Ok((manifest, config))
}

/// Brings one blob of a layout into the store, verified.
pub fn import_blob(store: &Store, path: &Path, blob: &Descriptor) -> Result<(), StoreError> {
    copy(store, &Source::open(store, path)?, blob)
}

fn copy_document(store: &Store, source: &Source, descriptor: &Descriptor) -> Result<(), StoreError> {
    if descriptor.size > MAX_DOCUMENT {
        let what = format!("document `{}`", descriptor.digest);
        return Err(StoreError::refused(what, "it is larger than 8 MiB"));
    }
    copy(store, source, descriptor)
}

pub(super) fn choose(
    store: &Store,
    source: &Source,
    index: &Index,
    tag: Option<&str>,
    digest: Option<Digest>,
    what: &str,
) -> Result<Descriptor, StoreError> {
    let all = || index.manifests.iter().filter(|entry| is_image(entry));
    if let Some(digest) = digest {
        if let Some(found) = all().find(|entry| entry.digest == digest) {
            return Ok(found.clone());
        }
        let missing = || StoreError::refused(what, format!("it has no image `{digest}`"));
        let name = format!("blobs/sha256/{}", digest.hex());
        let bytes = source.document(&name)?.ok_or_else(missing)?;
        store.put_blob(&bytes)?;
        return store.describe(&digest)?.ok_or_else(missing);
    }
    let wanted = tag.unwrap_or("latest");
    if tag.is_none()
        && let Some(only) = all().next().filter(|_| all().count() == 1)
    {
        return Ok(only.clone());
    }
    all().find(|entry| is_named(entry, wanted)).cloned().ok_or_else(|| {
        let names: Vec<&str> =
            all().filter_map(|entry| entry.annotations.get(REF_NAME)).map(String::as_str).collect();
        let has =
            if names.is_empty() { "names none".to_owned() } else { format!("has: {}", names.join(", ")) };
        StoreError::refused(what, format!("it has no image tagged `{wanted}`; it {has}"))
    })
}

fn is_named(entry: &Descriptor, wanted: &str) -> bool {
    [REF_NAME, FULL_NAME]
        .iter()
        .filter_map(|key| entry.annotations.get(*key))
        .any(|name| is_tagged(name, wanted))
}

/// Whether a name is the wanted one, or has it as its tag.
pub(super) fn is_tagged(name: &str, wanted: &str) -> bool {
    name == wanted || name.rsplit_once(':').is_some_and(|(_, tag)| tag == wanted)
}

/// Copies what a descriptor leads to. Images of an index that the source does not have are left out.
pub(super) fn bring(
    store: &Store,
    source: &Source,
    descriptor: &Descriptor,
    seen: &mut BTreeSet<Digest>,
) -> Result<(), StoreError> {
    if !seen.insert(descriptor.digest) {
        return Ok(());
    }
    if seen.len() > MAX_DOCUMENTS {
        return Err(StoreError::refused(
            format!("index `{}`", descriptor.digest),
            "it leads to too many documents",
        ));
    }
    copy_document(store, source, descriptor)?;
    if !media_type::is_index(&descriptor.media_type) {
        let manifest: Manifest = store.document(descriptor, "manifest")?;
        copy(store, source, &manifest.config)?;
        return manifest.layers.iter().try_for_each(|layer| copy(store, source, layer));
    }
    let index: Index = store.document(descriptor, "index")?;
    let mut found = false;
    for entry in &index.manifests {
        if store.has_blob(&entry.digest) || source.reader(&blob_name(entry))?.is_some() {
            bring(store, source, entry, seen)?;
            found = true;
        }
    }
    if found {
        Ok(())
    } else {
        Err(StoreError::missing(format!("any image of index `{}`", descriptor.digest)))
    }
}

fn copy(store: &Store, source: &Source, descriptor: &Descriptor) -> Result<(), StoreError> {
    if store.has_blob(&descriptor.digest) {
        return Ok(());
    }
    let Some((mut reader, size)) = source.reader(&blob_name(descriptor))? else {
        return Err(StoreError::refused(
            format!("blob `{}`", descriptor.digest),
            "the layout does not have it",
        ));
    };
    if size != descriptor.size {
        let detail = format!("expected {} bytes, got {size}", descriptor.size);
        return Err(StoreError::corrupt(format!("blob `{}`", descriptor.digest), detail));
    }
    let mut writer = store.blob_writer()?;
    io::copy(&mut reader, &mut writer)
        .map_err(StoreError::io("copy", &store.blob_path(&descriptor.digest)))?;
    writer.commit(Some((descriptor.digest, Some(size)))).map(drop)
}
