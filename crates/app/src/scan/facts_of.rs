//! The facts of each layer, from the store's cache where they are known. Those of a layer of the store are kept by its diffID; those
//! of a file that nobody has verified by what `stat` says of the file, so that nobody can name another one's.

use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use ::scan::{FoundSecret, LayerFacts, Watch};
use ::secrets::Rules;
use image::Digest;
use store::{Layer, LayerTar, Store};

use super::subject::{Opened, Source};
use crate::transfer::pull_blob;
use crate::{AppError, World};

/// The kinds of these records.
const KIND: &str = "scan";
const SECRETS: &str = "secrets";

/// What is known of a layer: its facts, and the secrets in its files where rules for them are given.
pub(super) type Known = (LayerFacts, Vec<FoundSecret>);

/// The facts of all layers, base first.
pub(super) fn all(
    world: &World,
    store: &Store,
    opened: &Opened,
    rules: Option<&Rules>,
) -> Result<Vec<Known>, AppError> {
    let count = match &opened.source {
        Source::Directory(path) => {
            let project = opened.subject.kind == facts::SubjectKind::Project;
            let mut watch = rules.map(|rules| Watch::new(rules, project));
            let scratch = || store.scratch_file().map_err(io::Error::other);
            let facts = ::scan::of_directory(path, project, &scratch, watch.as_mut());
            let failed =
                |error| AppError::environment(format!("`{}` cannot be read: {error}", path.display()));
            return Ok(vec![(facts.map_err(failed)?, watch.map_or_else(Vec::new, Watch::finish))]);
        }
        _ => layers(opened),
    };
    in_parallel(world.cores, count, &|number| one(world, store, opened, rules, number))
}

/// How many layers there are.
pub(super) fn layers(opened: &Opened) -> usize {
    match &opened.source {
        Source::Directory(_) => 0,
        Source::Foreign(image) => image.layers(),
        Source::Store(image) => image.manifest.layers.len(),
    }
}

/// Does `count` things by several threads; the first error of them in order.
pub(super) fn in_parallel<T: Send>(
    cores: usize,
    count: usize,
    run: &(dyn Fn(usize) -> Result<T, AppError> + Sync),
) -> Result<Vec<T>, AppError> {
    // To begin a thread takes a tenth of the time of a small image.
    if cores.min(count) <= 1 {
        return (0..count).map(run).collect();
    }
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(count)));
    std::thread::scope(|scope| {
        for _ in 0..cores.min(count) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    let result = run(number);
                    done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((number, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Under what the facts of a layer are kept.
fn key(name: &str) -> Digest {
    Digest::of(format!("{name}\n{}", ::scan::revision()).as_bytes())
}

/// Makes the facts of a layer that a build has just made or needed, while its files are at hand; one that is not unpacked is left alone.
/// What fails here is done by the scan that asks.
pub(crate) fn ahead(store: &Store, layer: &Digest, diff_id: &Digest) {
    let key = key(&diff_id.to_string());
    if !matches!(store.cache_get(KIND, &key), Ok(None)) {
        return;
    }
    let Ok(Some(layer)) = store.layer(layer) else { return };
    let scratch = || store.scratch_file().map_err(io::Error::other);
    let facts = ::scan::of_layer(&layer, &scratch, None).ok().and_then(|facts| facts.encode().ok());
    if let Some(bytes) = facts {
        let _ = store.cache_put_soon(KIND, &key, &bytes);
    }
}

fn one(
    world: &World,
    store: &Store,
    opened: &Opened,
    rules: Option<&Rules>,
    number: usize,
) -> Result<Known, AppError> {
    let name = match &opened.source {
        Source::Foreign(image) => image.stamp(number)?,
        _ => opened.subject.diff_ids[number].clone(),
    };
    let key = key(&name);
    let secrets_key = rules.map(|rules| {
        Digest::of(format!("{name}\n{}\n{}", ::secrets::REVISION, rules.digest().hex()).as_bytes())
    });
    let known = store.cache_get(KIND, &key)?.and_then(|bytes| LayerFacts::decode(&bytes).ok());
    let secrets = match &secrets_key {
        None => Some(Vec::new()),
        Some(key) => store.cache_get(SECRETS, key)?.and_then(|bytes| serde_json::from_slice(&bytes).ok()),
    };
    if let (Some(facts), Some(secrets)) = (known, secrets) {
        return Ok((facts, secrets));
    }
    let mut watch = rules.map(|rules| Watch::new(rules, false));
    let facts = read(world, store, opened, number, watch.as_mut())?;
    let secrets = watch.map_or_else(Vec::new, Watch::finish);
    let failed = |error: &dyn std::fmt::Display| AppError::environment(error.to_string());
    store.cache_put(KIND, &key, &facts.encode().map_err(|error| failed(&error))?)?;
    if let Some(key) = secrets_key {
        store.cache_put(SECRETS, &key, &serde_json::to_vec(&secrets).map_err(|error| failed(&error))?)?;
    }
    Ok((facts, secrets))
}

fn read(
    world: &World,
    store: &Store,
    opened: &Opened,
    number: usize,
    watch: Option<&mut Watch<'_>>,
) -> Result<LayerFacts, AppError> {
    let scratch = || store.scratch_file().map_err(io::Error::other);
    let failed = |error: io::Error| unreadable(opened, number, &error);
    match open_layer(world, store, opened, number)? {
        Opening::Layer(layer) => ::scan::of_layer(&layer, &scratch, watch).map_err(failed),
        Opening::Tar(mut tar) => {
            let facts = ::scan::of_tar(&mut tar, &scratch, watch).map_err(failed)?;
            tar.finish().map_err(failed)?;
            Ok(facts)
        }
    }
}

/// A layer that is open to be read.
pub(super) enum Opening {
    Layer(Layer),
    Tar(LayerTar),
}

/// Opens a layer where it is: unpacked or as a blob of the store, in the file of an image, or at a registry, from where it is
/// brought.
pub(super) fn open_layer(
    world: &World,
    store: &Store,
    opened: &Opened,
    number: usize,
) -> Result<Opening, AppError> {
    let image = match &opened.source {
        Source::Directory(_) => return Err(AppError::usage("a directory has no layers")),
        Source::Foreign(image) => return Ok(Opening::Tar(image.layer_tar(number)?)),
        Source::Store(image) => image,
    };
    let (diff_id, blob) = (&image.config.rootfs.diff_ids[number], &image.manifest.layers[number]);
    if let Some(layer) = store.layer(diff_id)? {
        return Ok(Opening::Layer(layer));
    }
    if !store.has_blob(&blob.digest) {
        let reference = image.origin_of(opened.lineage.as_ref(), diff_id)?;
        pull_blob(world.client()?, store, &reference, blob, &registry::NoProgress)?;
    }
    Ok(Opening::Tar(store.layer_tar(blob)?))
}

/// A layer that cannot be read.
pub(super) fn unreadable(opened: &Opened, number: usize, error: &io::Error) -> AppError {
    let layer = number + 1;
    AppError::environment(format!("layer {layer} of `{}` cannot be read: {error}", opened.subject.name))
}
