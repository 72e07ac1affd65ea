//! The document of a shared cache: which step gave which layer, and what each layer's blob is.
//!
//! `docs/cache-format.md` describes it. It comes from outside, so everything in it is bounded here and checked where it
//! is used: a layer is only taken when its content is the one that its id names.

use std::collections::BTreeSet;

use image::{Descriptor, Digest};
use serde::{Deserialize, Serialize};
use store::{Compression, Exported, LayerId, Times};

/// The version of the format.
const SCHEMA: &str = "cooper/cache/1";
/// Larger documents than this are refused, and not written.
pub const MAX_DOCUMENT: usize = 8 << 20;
/// More records or layers than this are refused.
const MAX_ITEMS: usize = 100_000;

/// What is known of the steps of builds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheDocument {
    schema: String,
    /// Steps by their keys.
    pub records: Vec<SharedStep>,
    /// The layers that steps gave.
    pub layers: Vec<SharedLayer>,
}

/// The result of a step.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SharedStep {
    /// The keys under which it is looked up.
    pub keys: Vec<Digest>,
    /// The layer it added; `None` when it changed nothing.
    pub layer: Option<LayerId>,
}

/// A layer, and the blob it was exported as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SharedLayer {
    /// Its id, which its content gives.
    pub id: LayerId,
    /// Digest of the uncompressed tar.
    pub diff_id: Digest,
    /// The blob.
    pub blob: Descriptor,
    /// How the blob was compressed.
    pub compression: Compression,
    /// And how hard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<i32>,
    /// What its times were limited to (seconds since 1970).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<i64>,
    /// What the tar does not say of times.
    pub times: Times,
}

impl SharedLayer {
    /// The blob with its diffID.
    pub fn exported(&self) -> Exported {
        Exported { diff_id: self.diff_id, descriptor: self.blob.clone() }
    }
}

impl CacheDocument {
    /// A document in a fixed order.
    pub fn new(mut records: Vec<SharedStep>, mut layers: Vec<SharedLayer>) -> Self {
        records.sort();
        records.dedup();
        layers.sort_by_key(|layer| layer.id);
        layers.dedup_by_key(|layer| layer.id);
        Self { schema: SCHEMA.to_owned(), records, layers }
    }

    /// Reads a document; the error says what is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > MAX_DOCUMENT {
            return Err(format!("it has more than {} MiB", MAX_DOCUMENT >> 20));
        }
        let read: Self = serde_json::from_slice(bytes).map_err(|error| format!("it is damaged: {error}"))?;
        read.checked()
    }

    /// The same for one that is part of another document.
    pub fn from_value(value: serde_json::Value) -> Result<Self, String> {
        let read: Self = serde_json::from_value(value).map_err(|error| format!("it is damaged: {error}"))?;
        read.checked()
    }

    fn checked(self) -> Result<Self, String> {
        if self.schema != SCHEMA {
            return Err(format!("its format is `{}`, and only `{SCHEMA}` is known", self.schema));
        }
        let keys: usize = self.records.iter().map(|record| record.keys.len()).sum();
        if keys > MAX_ITEMS || self.layers.len() > MAX_ITEMS {
            return Err("it has too many records".to_owned());
        }
        let ids: BTreeSet<&LayerId> = self.layers.iter().map(|layer| &layer.id).collect();
        let lost = self.records.iter().filter_map(|record| record.layer.as_ref());
        match lost.into_iter().find(|layer| !ids.contains(layer)) {
            Some(layer) => Err(format!("a record names the layer `{layer}`, which it does not describe")),
            None => Ok(self),
        }
    }

    /// Its bytes; `None` when they are too many.
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        serde_json::to_vec(self).ok().filter(|bytes| bytes.len() <= MAX_DOCUMENT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> CacheDocument {
        let id = Digest::of(b"layer");
        let layer = SharedLayer {
            id,
            diff_id: Digest::of(b"tar"),
            blob: Descriptor::of("application/x", b"blob"),
            compression: Compression::Gzip,
            level: None,
            epoch: Some(1),
            times: Times { runs: vec![0, 3], later: vec![(1, 2)] },
        };
        let record = SharedStep { keys: vec![Digest::of(b"key")], layer: Some(id) };
        CacheDocument::new(vec![record], vec![layer])
    }

    #[test]
    fn documents_come_back_and_what_is_wrong_with_one_is_said() {
        let good = document();
        assert_eq!(CacheDocument::parse(&good.to_bytes().unwrap()).unwrap(), good);
        let text = String::from_utf8(good.to_bytes().unwrap()).unwrap();
        for (bad, expect) in [
            (text.replace("cooper/cache/1", "cooper/cache/9"), "cooper/cache/9"),
            (text.replacen(&Digest::of(b"layer").to_string(), &Digest::of(b"x").to_string(), 1), "describe"),
            (text[..text.len() / 2].to_owned(), "damaged"),
            (" ".repeat(MAX_DOCUMENT + 1), "8 MiB"),
        ] {
            let error = CacheDocument::parse(bad.as_bytes()).unwrap_err();
            assert!(error.contains(expect), "{error}");
        }
    }
}
