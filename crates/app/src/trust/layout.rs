//! An OCI image layout in a directory, where signatures are read and written without the store.

use std::cell::RefCell;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use image::{Descriptor, Digest, Index};
use kit::{VerifyReader, read_bounded, write_atomic};
use trust::Artifact;

use super::place::index;
use crate::{AppError, World, locate};

/// Largest `index.json`.
const MAX_INDEX: u64 = 8 << 20;
/// By what a layout names its images.
const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// A layout.
pub(super) struct Layout {
    dir: PathBuf,
    index: RefCell<Index>,
}

impl Layout {
    /// Opens `DIR[:TAG]` and chooses an image.
    pub(super) fn open(world: &World, text: &str) -> Result<(Self, Descriptor), AppError> {
        let (path, tag) = if world.path(text).is_dir() { (text, None) } else { locate::split_tag(text) };
        let dir = world.path(path);
        let failed = |error: std::io::Error| AppError::usage(format!("`{path}` is no OCI layout: {error}"));
        let bytes = open(&dir.join("index.json")).and_then(|file| read_bounded(file, MAX_INDEX));
        let index = index(&bytes.map_err(failed)?)?;
        let layout = Self { dir, index: RefCell::new(index) };
        let image = layout.choose(path, tag)?;
        Ok((layout, image))
    }

    fn choose(&self, path: &str, tag: Option<&str>) -> Result<Descriptor, AppError> {
        let index = self.index.borrow();
        let images: Vec<&Descriptor> =
            index.manifests.iter().filter(|entry| store::layout::is_image(entry)).collect();
        let name = |entry: &Descriptor| entry.annotations.get(REF_NAME).cloned();
        let fits = |entry: &&&Descriptor| {
            name(entry).is_some_and(|name| {
                let wanted = tag.unwrap_or("latest");
                name == wanted || name.rsplit_once(':').is_some_and(|(_, tag)| tag == wanted)
            })
        };
        let found = match (&images[..], tag) {
            ([one], None) => Some(*one),
            _ => images.iter().find(fits).copied(),
        };
        found
            .map(|found| Descriptor { annotations: std::collections::BTreeMap::new(), ..found.clone() })
            .ok_or_else(|| {
                let names: Vec<String> = images.iter().filter_map(|entry| name(entry)).collect();
                AppError::usage(format!("`{path}` has no image tagged `{}`", tag.unwrap_or("latest")))
                    .help(format!("it has: {}", names.join(", ")))
            })
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        self.dir.join("blobs/sha256").join(digest.hex())
    }

    /// A blob, checked.
    pub(super) fn read(&self, descriptor: &Descriptor) -> Result<Vec<u8>, AppError> {
        let failed = |error: std::io::Error| {
            AppError::environment(format!("blob `{}` of the layout: {error}", descriptor.digest))
        };
        let file = open(&self.path(&descriptor.digest)).map_err(failed)?;
        let checked = VerifyReader::new(file, descriptor.digest, Some(descriptor.size));
        read_bounded(checked, descriptor.size).map_err(failed)
    }

    /// The manifests of the layout that refer to an image. What cannot be read does not, and the others may.
    pub(super) fn referrers(&self, image: &Digest) -> Vec<Descriptor> {
        let index = self.index.borrow();
        let is_about = |entry: &&Descriptor| {
            entry.digest != *image
                && entry.size <= super::MAX_MANIFEST
                && self
                    .read(entry)
                    .is_ok_and(|bytes| store::layout::subject(&index, entry, &bytes) == Some(*image))
        };
        store::layout::candidates(&index).filter(is_about).cloned().collect()
    }

    /// Adds an artifact to the layout. Of the older form there is one manifest with all signatures.
    pub(super) fn attach(&self, image: &Digest, artifact: &Artifact) -> Result<(), AppError> {
        let manifest = (artifact.descriptor.clone(), artifact.manifest.clone());
        for (descriptor, bytes) in artifact.blobs.iter().chain([&manifest]) {
            let path = self.path(&descriptor.digest);
            if !path.exists() {
                write(&path, bytes)?;
            }
        }
        let mut index = self.index.borrow_mut();
        let entry = store::layout::entry(image, &artifact.descriptor);
        let tag = entry.annotations.get(REF_NAME);
        index.manifests.retain(|known| {
            known.digest != entry.digest && (tag.is_none() || known.annotations.get(REF_NAME) != tag)
        });
        index.manifests.iter_mut().filter(|known| known.digest == *image).for_each(store::layout::mark);
        index.manifests.push(entry);
        let bytes = serde_json::to_vec(&*index).map_err(|error| AppError::environment(error.to_string()))?;
        write(&self.dir.join("index.json"), &bytes)
    }
}

/// Opens a file of a layout. To open a pipe would wait for somebody to write.
fn open(path: &Path) -> io::Result<File> {
    if fs::metadata(path)?.is_file() {
        return File::open(path);
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file"))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), AppError> {
    let failed =
        |error: std::io::Error| AppError::environment(format!("cannot write `{}`: {error}", path.display()));
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    write_atomic(path, bytes).map_err(failed)
}
