//! Images in files: OCI image layouts (OCI image-spec, "Image Layout") as a directory or tar archive, and the
//! archives of `docker save`.

mod beside;
mod docker;
mod foreign;
mod members;
mod read;
mod source;
mod write;

pub use beside::{candidates, entry, is_image, mark, subject};
pub use docker::export_docker;
pub use foreign::Foreign;
pub use read::{documents, import, import_blob};
pub use write::{export_dir, export_tar};

use std::collections::BTreeSet;

use image::{Descriptor, Digest, Index, Manifest, media_type};
use serde::de::DeserializeOwned;

use crate::{Store, StoreError};

/// The marker of a layout.
const MARKER: (&str, &str) = ("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#);

/// Annotation of containerd and Docker with the whole name of an image.
const FULL_NAME: &str = "io.containerd.image.name";

/// Reads a document of an image in a file, which is nothing that the store can mend.
fn parse<T: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, StoreError> {
    serde_json::from_slice(bytes)
        .map_err(|error| StoreError::refused(what, format_args!("it is damaged: {error}")))
}

/// The path of a blob in a layout.
fn blob_name(descriptor: &Descriptor) -> String {
    format!("blobs/sha256/{}", descriptor.digest.hex())
}

/// What is exported for a descriptor: itself, or the manifest that is here of an index that is not here as a
/// whole.
fn exported(store: &Store, image: &Descriptor) -> Result<Descriptor, StoreError> {
    if !media_type::is_index(&image.media_type) {
        return Ok(image.clone());
    }
    let index: Index = store.document(image, "index")?;
    let here: Vec<&Descriptor> =
        index.manifests.iter().filter(|entry| store.has_blob(&entry.digest)).collect();
    if here.len() == index.manifests.len() {
        return Ok(image.clone());
    }
    let manifest =
        here.first().ok_or_else(|| StoreError::missing(format!("any image of index `{}`", image.digest)))?;
    Ok((*manifest).clone())
}

/// All blobs that a descriptor leads to, each once, documents after what they name.
fn reachable(store: &Store, image: &Descriptor) -> Result<Vec<Descriptor>, StoreError> {
    let (mut out, mut seen) = (Vec::new(), BTreeSet::new());
    collect(store, image, &mut out, &mut seen)?;
    match out.iter().find(|descriptor| !store.has_blob(&descriptor.digest)) {
        Some(gone) => Err(StoreError::missing_blob(&gone.digest)),
        None => Ok(out),
    }
}

fn collect(
    store: &Store,
    image: &Descriptor,
    out: &mut Vec<Descriptor>,
    seen: &mut BTreeSet<Digest>,
) -> Result<(), StoreError> {
    if !seen.insert(image.digest) {
        return Ok(());
    }
    if media_type::is_index(&image.media_type) {
        let index: Index = store.document(image, "index")?;
        index.manifests.iter().try_for_each(|entry| collect(store, entry, out, seen))?;
    } else {
        let manifest: Manifest = store.document(image, "manifest")?;
        let parts = manifest.layers.into_iter().chain([manifest.config]);
        out.extend(parts.filter(|part| seen.insert(part.digest)));
    }
    out.push(image.clone());
    Ok(())
}
