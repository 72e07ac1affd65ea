//! `cooper db`: the advisories that scans ask, in files of the store: `advisories/<shard>/<source>.adv`, and beside them what is
//! known of each source in `sources.json`. Everything is made beside and published by renames, so that scans that run
//! see the old or the new.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use advisories::{Advisory, Importer, Shard};
use facts::Inventory;
use serde::{Deserialize, Serialize};
use store::{LayerTar, TarKind};

use crate::{AppError, World};

/// Larger documents than this are not read.
const MAX_DOCUMENT: u64 = 1 << 30;

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
    // The store has the directory, and makes it for its owner alone.
    world.store()?;
    let (mut reader, mut report) = (Importer::default(), Report::default());
    for path in paths {
        let path = world.path(path);
        let before = report.documents;
        read_path(&path, &mut |name, bytes| match reader.document(name, bytes) {
            Ok(known) => report.documents += usize::from(known),
            Err(why) => report.unread.push(why.to_string()),
        })
        .map_err(|error| AppError::environment(format!("`{}` cannot be read: {error}", path.display())))?;
        if report.documents == before {
            let message = format!("there are no advisories in `{}` that could be read", path.display());
            let why = report.unread.first().cloned();
            return Err(AppError::usage(message).help(why.unwrap_or_else(|| {
                "known are documents of OSV, RustSec and PyPA, and the lists of Debian's security tracker and Alpine's secdb, also in archives"
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
        let entry = status.sources.entry(source.to_owned());
        let entry = entry.or_insert_with(|| Imported { imported: now, shards: BTreeMap::new() });
        entry.imported = now;
        entry.shards.insert(shard.clone(), packages);
        report.shards.push((shard, source.to_owned(), packages));
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

/// Gives each document below a path to `each`, with its name.
fn read_path(path: &Path, each: &mut dyn FnMut(&str, &[u8])) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if path.is_dir() {
        let mut entries = fs::read_dir(path)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        return entries
            .iter()
            .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir() || kind.is_file()))
            .try_for_each(|entry| read_path(&entry.path(), each));
    }
    if store::is_tar_file(path)? {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        let mut tar = LayerTar::of_section(file.into(), 0, size)?;
        while let Some(header) = tar.next()? {
            if header.kind == TarKind::File {
                let bytes = kit::read_bounded(&mut tar, MAX_DOCUMENT)?;
                each(&image::path_to_string(&header.path), &bytes);
            }
        }
        return Ok(());
    }
    let content = ::scan::Content::of_file(File::open(path)?)?;
    let mut head = [0; 4];
    if content.read_at(0, &mut head)? == 4 && head == *b"PK\x03\x04" {
        let zip = ::scan::Zip::open(&content)?;
        for entry in zip.entries().iter().filter(|entry| !entry.name.ends_with('/')) {
            let bytes = zip.read(entry, MAX_DOCUMENT)?.all(MAX_DOCUMENT)?;
            each(&entry.name, &bytes);
        }
        return Ok(());
    }
    let mut bytes = Vec::new();
    kit::LimitReader::new(File::open(path)?, MAX_DOCUMENT).read_to_end(&mut bytes)?;
    each(&name, &bytes);
    Ok(())
}

/// An open database.
pub(super) struct Database {
    status: Status,
    shards: BTreeMap<String, Vec<(String, Vec<u8>)>>,
}

/// Opens the database; one that is not there is empty.
pub(super) fn open(world: &World) -> Result<Database, AppError> {
    let status = status(world)?;
    let mut shards: BTreeMap<String, Vec<(String, Vec<u8>)>> = BTreeMap::new();
    for (source, imported) in &status.sources {
        for shard in imported.shards.keys() {
            let path = root(world).join(shard).join(format!("{source}.adv"));
            let bytes = match fs::read(&path) {
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

    /// What is to be known of it.
    pub(super) fn notes(&self, world: &World) -> Vec<String> {
        if self.status.sources.is_empty() {
            return vec!["there are no advisories here yet: bring some by `cooper db import`".to_owned()];
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
        missing.iter().map(|shard| format!("there are no advisories about `{shard}` here")).collect()
    }
}
