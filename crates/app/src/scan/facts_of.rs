//! The facts of each layer, from the store's cache where they are known. Those of a layer of the store are kept by its diffID; those
//! of a file that nobody has verified by what `stat` says of the file, so that nobody can name another one's.

use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use ::scan::{FoundSecret, LayerFacts, Watch};
use ::secrets::Rules;
use image::Digest;
use store::Store;

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
            let facts = ::scan::of_directory(path, project, watch.as_mut());
            let failed =
                |error| AppError::environment(format!("`{}` cannot be read: {error}", path.display()));
            return Ok(vec![(facts.map_err(failed)?, watch.map_or_else(Vec::new, Watch::finish))]);
        }
        Source::Foreign(image) => image.layers(),
        Source::Store(image) => image.manifest.layers.len(),
    };
    in_parallel(world.cores, count, &|number| one(world, store, opened, rules, number))
}

/// Does `count` things by several threads; the first error of them in order.
fn in_parallel<T: Send>(
    cores: usize,
    count: usize,
    run: &(dyn Fn(usize) -> Result<T, AppError> + Sync),
) -> Result<Vec<T>, AppError> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(count)));
    std::thread::scope(|scope| {
        for _ in 0..cores.clamp(1, count.max(1)) {
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
    let key = Digest::of(format!("{name}\n{}", ::scan::revision()).as_bytes());
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
    let failed = |error: io::Error| {
        let layer = number + 1;
        AppError::environment(format!("layer {layer} of `{}` cannot be read: {error}", opened.subject.name))
    };
    let mut tar = match &opened.source {
        Source::Directory(_) => return Ok(LayerFacts::default()),
        Source::Foreign(image) => image.layer_tar(number)?,
        Source::Store(image) => {
            let (diff_id, blob) = (&image.config.rootfs.diff_ids[number], &image.manifest.layers[number]);
            if let Some(layer) = store.layer(diff_id)? {
                return ::scan::of_layer(&layer, watch).map_err(failed);
            }
            if !store.has_blob(&blob.digest) {
                let reference = image.origin_of(opened.lineage.as_ref(), diff_id)?;
                pull_blob(world.client()?, store, &reference, blob, &registry::NoProgress)?;
            }
            store.layer_tar(blob)?
        }
    };
    let facts = ::scan::of_tar(&mut tar, &scratch, watch).map_err(failed)?;
    tar.finish().map_err(failed)?;
    Ok(facts)
}
