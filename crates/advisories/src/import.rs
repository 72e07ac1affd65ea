//! Makes shards of what sources publish.

use std::collections::BTreeMap;
use std::fmt;

use facts::Ecosystem;

use crate::ecosystems::normal;
use crate::sources::{self, Source};
use crate::{Advisory, shard};

/// Takes documents and gives shards.
#[derive(Debug, Default)]
pub struct Importer {
    shards: BTreeMap<(String, &'static str), BTreeMap<String, Vec<Advisory>>>,
    /// How many advisories there are.
    pub advisories: usize,
}

/// A document that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportError(pub String);

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ImportError {}

impl Importer {
    /// Reads a document, whichever source it is of; `name` is that of its file. Whether some source knows it: archives have
    /// other files beside.
    pub fn document(&mut self, name: &str, bytes: &[u8]) -> Result<bool, ImportError> {
        let Some(source) = sources::ALL.iter().find(|source| (source.knows)(name, bytes)) else {
            return Ok(false);
        };
        let mut sink = Sink { source, importer: self };
        (source.read)(bytes, &mut sink)
            .map_err(|why| ImportError(format!("`{name}` is no {}: {why}", source.title)))?;
        Ok(true)
    }

    /// The shards, each with its name and that of its source, as bytes.
    pub fn finish(self) -> Vec<(String, &'static str, Vec<u8>)> {
        let made = self.shards.into_iter().map(|((shard, source), mut packages)| {
            for advisories in packages.values_mut() {
                advisories.sort_by(|a, b| a.id.cmp(&b.id));
            }
            (shard, source, shard::encode(&packages))
        });
        made.collect()
    }
}

/// Where a source puts what it reads.
pub(crate) struct Sink<'a> {
    source: &'static Source,
    importer: &'a mut Importer,
}

impl Sink<'_> {
    /// Adds an advisory about a package of a shard.
    pub(crate) fn push(&mut self, shard: &str, ecosystem: Ecosystem, package: &str, advisory: Advisory) {
        let key = (shard.to_owned(), self.source.name);
        let packages = self.importer.shards.entry(key).or_default();
        packages.entry(normal(ecosystem, package)).or_default().push(advisory);
        self.importer.advisories += 1;
    }
}
