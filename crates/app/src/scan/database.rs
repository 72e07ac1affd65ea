//! `cooper db`: the advisories that scans ask, in files of the store: `advisories/<shard>/<source>.adv`, and beside them what is
//! known of each source in `sources.json`. Everything is made beside and published by renames, so that scans that run
//! see the old or the new.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::PathBuf;

use advisories::{Advisory, Importer, Shard};
use facts::Inventory;
use kit::Mapped;
use serde::{Deserialize, Serialize};

use super::documents::read_path;
use crate::{AppError, World};

/// A database that is older than this is said to be old, in days.
const OLD: i64 = 7;

/// What is known of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Imported {
    /// Seconds since 1970.
    pub imported: i64,
    /// Its shards, each with the number of its packages.
    pub shards: BTreeMap<String, usize>,
}

/// What is known of all sources.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// By name.
    pub sources: BTreeMap<String, Imported>,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Documents that were read.
    pub documents: usize,
    /// Advisories about packages.
    pub advisories: usize,
    /// Shards that were written: name, source, number of packages.
    pub shards: Vec<(String, String, usize)>,
    /// Documents that could not be read, and why.
    pub unread: Vec<String>,
}

fn root(world: &World) -> PathBuf {
    world.store_root.join("advisories")
}

/// Reads advisories out of files, directories and archives, and puts them in place of what their sources said before
/// about the same distributions and ecosystems.
pub fn import(world: &World, paths: &[String]) -> Result<Report, AppError> {
    let paths: Vec<PathBuf> = paths.iter().map(|path| world.path(path)).collect();
    import_files(world, &paths)
}

pub(super) fn import_files(world: &World, paths: &[PathBuf]) -> Result<Report, AppError> {
    // The store has the directory, and makes it for its owner alone.
    world.store()?;
    let (mut reader, mut report) = (Importer::default(), Report::default());
    for path in paths {
        let before = report.documents;
        read_path(path, &mut |name, bytes| match reader.document(name, bytes) {
            Ok(known) => report.documents += usize::from(known),
            Err(why) => report.unread.push(why.to_string()),
        })
        .map_err(|error| AppError::environment(format!("`{}` cannot be read: {error}", path.display())))?;
        if report.documents == before {
            let message = format!("there are no advisories in `{}` that could be read", path.display());
            let why = report.unread.first().cloned();
            return Err(AppError::usage(message).help(why.unwrap_or_else(|| {
                "known are documents of OSV, RustSec and PyPA, the lists of Debian's security tracker, Alpine's secdb, KEV and EPSS, also in archives"
                    .to_owned()
            })));
        }
    }
    report.advisories = reader.advisories;
    publish(world, reader, &mut report)?;
    Ok(report)
}

fn publish(world: &World, importer: Importer, report: &mut Report) -> Result<(), AppError> {
    let root = root(world);
    let mut status = status(world)?;
    for (shard, source, bytes) in importer.finish() {
        let dir = root.join(&shard);
        fs::create_dir_all(&dir)?;
        let path = dir.join(format!("{source}.adv"));
        kit::write_atomic(&path, &bytes)?;
        let packages = Shard::open(&bytes).map_or(0, |shard| shard.packages());
        let now = world.seconds();
        let entry = status.sources.entry(source.clone());
        let entry = entry.or_insert_with(|| Imported { imported: now, shards: BTreeMap::new() });
        entry.imported = now;
        entry.shards.insert(shard.clone(), packages);
        report.shards.push((shard, source, packages));
    }
    let text =
        serde_json::to_vec_pretty(&status).map_err(|error| AppError::environment(error.to_string()))?;
    kit::write_atomic(&root.join("sources.json"), &text)?;
    Ok(())
}

/// What is there.
pub fn status(world: &World) -> Result<Status, AppError> {
    match fs::read(root(world).join("sources.json")) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).unwrap_or_default()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Status::default()),
        Err(error) => Err(error.into()),
    }
}

/// Whether there are advisories at all. Without them every image looks clean.
pub(crate) fn has_advisories(world: &World) -> bool {
    status(world).is_ok_and(|status| !status.sources.is_empty())
}

/// An open database.
pub(super) struct Database {
    status: Status,
    /// Mapped, and read where something is asked.
    shards: BTreeMap<String, Vec<(String, Mapped)>>,
}

/// Opens the database; one that is not there is empty.
pub(super) fn open(world: &World) -> Result<Database, AppError> {
    let status = status(world)?;
    let mut shards: BTreeMap<String, Vec<(String, Mapped)>> = BTreeMap::new();
    for (source, imported) in &status.sources {
        for shard in imported.shards.keys() {
            let path = root(world).join(shard).join(format!("{source}.adv"));
            let bytes = match File::open(&path).and_then(|file| Mapped::open(&file)) {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error.into()),
            };
            shards.entry(shard.clone()).or_default().push((source.clone(), bytes));
        }
    }
    Ok(Database { status, shards })
}

impl Database {
    /// What each source says of a package.
    pub(super) fn find(&self, shard: &str, name: &str) -> Result<Vec<(&str, Advisory)>, AppError> {
        let mut all = Vec::new();
        for (source, bytes) in self.shards.get(shard).into_iter().flatten() {
            let damaged = |error: advisories::ShardError| {
                AppError::environment(format!("`{shard}` of `{source}`: {error}")).help("import it again")
            };
            let found = Shard::open(bytes).and_then(|shard| shard.find(name)).map_err(damaged)?;
            all.extend(found.into_iter().map(|advisory| (source.as_str(), advisory)));
        }
        Ok(all)
    }

    /// The text that a shard has for a vulnerability; nothing of one that is damaged, as it only adds to an answer.
    pub(super) fn note(&self, shard: &str, id: &str) -> Option<String> {
        let found = self.find(shard, id).ok()?;
        found.into_iter().next().map(|(_, advisory)| advisory.summary)
    }

    /// What is to be known of it.
    pub(super) fn notes(&self, world: &World) -> Vec<String> {
        if self.status.sources.is_empty() {
            return vec![
                "there are no advisories here yet: bring some by `cooper db update` or `cooper db import`"
                    .to_owned(),
            ];
        }
        let age = |imported: i64| (world.seconds() - imported) / 86_400;
        let old = self.status.sources.iter().filter(|(_, source)| age(source.imported) > OLD);
        old.map(|(name, source)| format!("the advisories of `{name}` are {} days old", age(source.imported)))
            .collect()
    }

    /// Ecosystems of an inventory of which nothing is known.
    pub(super) fn missing(&self, inventory: &Inventory) -> Vec<String> {
        if self.status.sources.is_empty() {
            return Vec::new();
        }
        let components = inventory.components.iter().filter(|component| component.owner.is_none());
        let shards = components.filter_map(|one| advisories::asked(&one.package, inventory.distro.as_ref()));
        let mut missing: Vec<String> =
            shards.map(|ask| ask.shard).filter(|shard| !self.shards.contains_key(shard)).collect();
        missing.sort();
        missing.dedup();
        missing
    }
}
