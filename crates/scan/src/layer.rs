//! The facts of a layer, and their form in a cache.

use std::borrow::Cow;
use std::fmt;

use facts::{Distro, Linked, Package};
use serde::{Deserialize, Serialize};

/// The form of what [`LayerFacts::encode`] gives.
pub(crate) const FORMAT: u32 = 1;

/// What a layer says, whatever is below it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LayerFacts {
    /// What was found in its files, sorted by path.
    pub finds: Vec<Finds>,
    /// Numbers of the paths at which it has anything but a directory, or takes away what is below; sorted.
    pub(crate) covers: Vec<u64>,
    /// Numbers of the directories of which it hides what is below; sorted.
    pub(crate) opaque: Vec<u64>,
    /// Packages of the distribution.
    pub(crate) owners: Vec<String>,
    /// Numbers of the paths that they own, each with the place of its owner in `owners`; sorted.
    pub(crate) owned: Vec<(u64, u32)>,
}

/// What was found in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finds {
    /// Its path from the root, without a leading `/`.
    pub path: String,
    /// Which cataloguer read it.
    pub cataloguer: String,
    /// Packages.
    pub packages: Vec<Package>,
    /// The distribution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distro: Option<Distro>,
    /// Why it could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<String>,
    /// Licences of the package that it is about, where another file has all else of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub licences: Vec<String>,
    /// What is linked into it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linked: Option<Linked>,
}

/// Bytes that are no facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactsError(String);

impl fmt::Display for FactsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed facts: {}", self.0)
    }
}

impl std::error::Error for FactsError {}

#[derive(Serialize, Deserialize)]
struct Texts<'a> {
    finds: Cow<'a, [Finds]>,
    owners: Cow<'a, [String]>,
}

impl LayerFacts {
    /// The facts as bytes: texts as JSON, then the numbers, each list after its length.
    pub fn encode(&self) -> Result<Vec<u8>, FactsError> {
        let texts = Texts { finds: Cow::Borrowed(&self.finds), owners: Cow::Borrowed(&self.owners) };
        let texts = serde_json::to_vec(&texts).map_err(|error| FactsError(error.to_string()))?;
        let mut out = Vec::with_capacity(texts.len() + 32 + 8 * self.covers.len() + 12 * self.owned.len());
        put(&mut out, texts.len());
        out.extend(texts);
        for list in [&self.covers, &self.opaque] {
            put(&mut out, list.len());
            for key in list {
                out.extend(key.to_le_bytes());
            }
        }
        put(&mut out, self.owned.len());
        for (key, owner) in &self.owned {
            out.extend(key.to_le_bytes());
            out.extend(owner.to_le_bytes());
        }
        Ok(out)
    }

    /// Reads what [`Self::encode`] gave.
    pub fn decode(mut bytes: &[u8]) -> Result<Self, FactsError> {
        let short = || FactsError("they end too early".to_owned());
        let texts = take(&mut bytes, 1).ok_or_else(short)?;
        let texts: Texts<'_> =
            serde_json::from_slice(texts).map_err(|error| FactsError(error.to_string()))?;
        let mut numbers = |width| take(&mut bytes, width).ok_or_else(short);
        let covers = numbers(8)?.chunks_exact(8).map(number).collect();
        let opaque = numbers(8)?.chunks_exact(8).map(number).collect();
        let owned = numbers(12)?.chunks_exact(12);
        let owned = owned
            .map(|pair| (number(&pair[..8]), u32::from_le_bytes(pair[8..].try_into().unwrap_or_default())));
        let (finds, owners) = (texts.finds.into_owned(), texts.owners.into_owned());
        Ok(Self { finds, owners, covers, opaque, owned: owned.collect() })
    }

    /// The package of the distribution that has a path, by its number.
    pub(crate) fn owner(&self, key: u64) -> Option<&str> {
        let at = self.owned.binary_search_by_key(&key, |(known, _)| *known).ok()?;
        self.owners.get(self.owned[at].1 as usize).map(String::as_str)
    }
}

fn put(out: &mut Vec<u8>, len: usize) {
    out.extend((len as u64).to_le_bytes());
}

fn number(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes.try_into().unwrap_or_default())
}

/// A list after its length.
fn take<'a>(bytes: &mut &'a [u8], width: usize) -> Option<&'a [u8]> {
    let (len, rest) = bytes.split_at_checked(8)?;
    let len = usize::try_from(number(len)).ok()?.checked_mul(width)?;
    let (list, rest) = rest.split_at_checked(len)?;
    *bytes = rest;
    Some(list)
}

#[cfg(test)]
mod tests {
    use facts::Ecosystem;

    use super::*;

    #[test]
    fn facts_come_back_and_what_is_cut_does_not() {
        let facts = LayerFacts {
            finds: vec![Finds {
                path: "a/b".to_owned(),
                cataloguer: "dpkg".to_owned(),
                packages: vec![Package::new(Ecosystem::Deb, "a", "1")],
                distro: Some(Distro::default()),
                unread: None,
                licences: vec!["MIT".to_owned()],
                linked: Some(Linked::new("linux", "amd64").with(["a", "b"])),
            }],
            covers: vec![1, u64::MAX],
            opaque: vec![7],
            owners: vec!["a".to_owned()],
            owned: vec![(3, 0), (9, 0)],
        };
        let bytes = facts.encode().unwrap();
        assert_eq!(LayerFacts::decode(&bytes).unwrap(), facts);
        for len in 0..bytes.len() {
            assert!(LayerFacts::decode(&bytes[..len]).is_err(), "{len}");
        }
        assert_eq!((facts.owner(9), facts.owner(4)), (Some("a"), None));
    }
}
