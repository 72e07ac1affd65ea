//! Makes shards of what sources publish.

use std::collections::BTreeMap;
use std::fmt;

use facts::Ecosystem;

use crate::ecosystems::normal;
use crate::sources;
use crate::{Advisory, shard};

/// Takes documents and gives shards.
#[derive(Debug, Default)]
pub struct Importer {
    shards: BTreeMap<(String, String), BTreeMap<String, Vec<Advisory>>>,
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
        let mut sink = Sink { publisher: source.name.to_owned(), importer: self };
        (source.read)(bytes, &mut sink)
            .map_err(|why| ImportError(format!("`{name}` is no {}: {why}", source.title)))?;
        Ok(true)
    }

    /// The shards, each with its name and that of its publisher, as bytes. A publisher's new shard takes the place of its old one.
    pub fn finish(self) -> Vec<(String, String, Vec<u8>)> {
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
    publisher: String,
    importer: &'a mut Importer,
}

impl Sink<'_> {
    /// Who has published what follows, where that is not the source itself: what others say of the same packages stays beside it.
    /// Only letters, digits and dashes count, as it becomes the name of a file.
    pub(crate) fn published_by(&mut self, name: &str) {
        const MAX: usize = 40;
        let plain = name.to_ascii_lowercase();
        let plain: String =
            plain.chars().filter(|ch| ch.is_ascii_alphanumeric() || *ch == '-').take(MAX).collect();
        if !plain.is_empty() {
            self.publisher = plain;
        }
    }

    /// Adds an advisory about a package of a shard.
    pub(crate) fn push(&mut self, shard: &str, ecosystem: Ecosystem, package: &str, advisory: Advisory) {
        self.add(shard, normal(ecosystem, package), advisory);
    }

    /// Adds a text about a vulnerability.
    pub(crate) fn note(&mut self, shard: &str, id: &str, text: String) {
        let advisory = Advisory { id: id.to_owned(), summary: text, ..Advisory::default() };
        self.add(shard, id.to_owned(), advisory);
    }

    fn add(&mut self, shard: &str, key: String, advisory: Advisory) {
        let packages = self.importer.shards.entry((shard.to_owned(), self.publisher.clone())).or_default();
        packages.entry(key).or_default().push(advisory);
        self.importer.advisories += 1;
    }
}
