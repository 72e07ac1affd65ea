//! Writes OCI image layouts.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::Path;

use image::{Descriptor, Entry, EntryKind, Index, media_type};

use super::beside::{Beside, REFERRERS, is_image, mark};
use super::{MARKER, blob_name, exported, reachable};
use crate::images::{MAX_DOCUMENT, REF_NAME, parse, to_json};
use crate::tar_write::TarWriter;
use crate::{Store, StoreError, copy_file};

/// Writes an image as a tar archive of an OCI layout; `name` is its name or tag there.
pub fn export_tar(
    store: &Store,
    image: &Descriptor,
    name: Option<&str>,
    out: &mut dyn Write,
) -> Result<(), StoreError> {
    let image = exported(store, image)?;
    let mut tar = TarWriter::new(out, Some(0));
    tar.bytes(MARKER.0, MARKER.1.as_bytes())?;
    let parts = parts(store, &image)?;
    let mut entries = vec![named(&image, name, &parts)];
    entries.extend(parts.entries);
    tar.bytes("index.json", &to_json(&Index::new(entries))?)?;
    write_blobs(store, &parts.blobs, &mut tar)?;
    tar.finish()
}

/// Writes blobs to an archive under their names in a layout, and the directories they lie in: some who unpack as an
/// ordinary user make directories that no entry names unreadable.
pub(super) fn write_blobs(
    store: &Store,
    blobs: &[Descriptor],
    tar: &mut TarWriter<'_>,
) -> Result<(), StoreError> {
    let names: Vec<String> = blobs.iter().map(blob_name).collect();
    let parents = names.iter().filter_map(|name| Some(name.rsplit_once('/')?.0));
    let folders: BTreeSet<&str> = parents.flat_map(|parent| ["blobs", parent]).collect();
    for folder in folders {
        tar.entry(&Entry::new(folder, EntryKind::Dir, 0o755), Path::new(""))?;
    }
    for blob in blobs {
        let mut entry = Entry::new(blob_name(blob), EntryKind::File, 0o644);
        entry.size = blob.size;
        tar.entry(&entry, &store.blob_path(&blob.digest))?;
    }
    Ok(())
}

/// Adds an image to an OCI layout at `dir`, which is made when it is missing. An image of the same `name` that is
/// there is replaced, others stay.
pub fn export_dir(
    store: &Store,
    image: &Descriptor,
    name: Option<&str>,
    dir: &Path,
) -> Result<(), StoreError> {
    let image = exported(store, image)?;
    let blobs = dir.join("blobs/sha256");
    fs::create_dir_all(&blobs).map_err(StoreError::io("create", &blobs))?;
    let parts = parts(store, &image)?;
    for blob in &parts.blobs {
        let target = dir.join(blob_name(blob));
        if fs::metadata(&target).is_ok_and(|found| found.len() == blob.size) {
            continue;
        }
        let temporary = blobs.join(format!(".{}.{}", blob.digest.hex(), std::process::id()));
        // Left by a process of the same number that was killed.
        let _ = fs::remove_file(&temporary);
        copy_file(&store.blob_path(&blob.digest), &temporary)?;
        fs::rename(&temporary, &target).map_err(StoreError::io("write", &target))?;
    }
    let path = dir.join("index.json");
    let mut index = match fs::File::open(&path) {
        Ok(file) => {
            let bytes = kit::read_bounded(file, MAX_DOCUMENT).map_err(StoreError::io("read", &path))?;
            parse::<Index>(&bytes, &format!("`{}`", path.display()))?
        }
        Err(_) => Index::new(Vec::new()),
    };
    add(&mut index, named(&image, name, &parts), name);
    for entry in parts.entries {
        let tag = entry.annotations.get(REF_NAME).cloned();
        add(&mut index, entry, tag.as_deref());
    }
    kit::write_atomic(&path, &to_json(&index)?).map_err(StoreError::io("write", &path))?;
    let marker = dir.join(MARKER.0);
    kit::write_atomic(&marker, MARKER.1.as_bytes()).map_err(StoreError::io("write", &marker))
}

/// Adds an entry; one of the same name, or of the same content where it has none, is replaced.
fn add(index: &mut Index, added: Descriptor, name: Option<&str>) {
    let replaces = |known: &&mut Descriptor| match name {
        Some(name) => known.annotations.get(REF_NAME).is_some_and(|known| known == name),
        None => known.digest == added.digest,
    };
    match index.manifests.iter_mut().find(replaces) {
        Some(known) => *known = added,
        None => index.manifests.push(added),
    }
}

/// What is written of an image.
struct Parts {
    /// All blobs, of what is said beside it, too.
    blobs: Vec<Descriptor>,
    /// The index of unsigned statements.
    statements: Option<Descriptor>,
    /// Entries of signatures and the like.
    entries: Vec<Descriptor>,
}

fn parts(store: &Store, image: &Descriptor) -> Result<Parts, StoreError> {
    let mut blobs = reachable(store, image)?;
    let beside = Beside::of(store, image);
    for referrer in beside.statements.iter().chain(&beside.entries) {
        blobs.extend(reachable(store, referrer)?);
    }
    let mut statements = None;
    if !beside.statements.is_empty() {
        let bytes = to_json(&Index::new(beside.statements))?;
        store.put_blob(&bytes)?;
        let index = Descriptor::of(media_type::INDEX, &bytes);
        blobs.push(index.clone());
        statements = Some(index);
    }
    let mut seen = BTreeSet::new();
    blobs.retain(|blob| seen.insert(blob.digest));
    Ok(Parts { blobs, statements, entries: beside.entries })
}

fn named(image: &Descriptor, name: Option<&str>, parts: &Parts) -> Descriptor {
    let name = name.map(|name| (REF_NAME.to_owned(), name.to_owned()));
    let statements = parts.statements.as_ref().map(|index| (REFERRERS.to_owned(), index.digest.to_string()));
    let annotations = name.into_iter().chain(statements);
    let mut named = Descriptor { annotations: annotations.collect::<BTreeMap<_, _>>(), ..image.clone() };
    if parts.entries.iter().any(|entry| !is_image(entry)) {
        mark(&mut named);
    }
    named
}
