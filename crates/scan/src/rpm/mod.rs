//! Databases of rpm: a header for each package (rpm, "Package format"), kept in a database of `SQLite`, in one of rpm's own, or in one of
//! Berkeley DB. All numbers come from outside; each use of one is bounded.

mod bdb;
mod header;
mod ndb;
mod sqlite;

use std::io;

pub(crate) use header::{Header, Tag};

use crate::content::Content;

/// Longer headers are refused.
const MAX_HEADER: u64 = 16 << 20;

/// Takes a header; it says whether more are wanted.
type Take<'a> = dyn FnMut(&[u8]) -> bool + 'a;

/// The form of a database.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Form {
    Sqlite,
    Ndb,
    Bdb,
}

impl Form {
    /// Hands over all headers of a database in its order.
    pub(crate) fn headers(self, content: &Content, take: &mut Take<'_>) -> io::Result<()> {
        let mut left = Some(content.size());
        let mut bounded = |header: &[u8]| {
            left = left.and_then(|left| left.checked_sub(header.len() as u64));
            left.is_some() && take(header)
        };
        match self {
            Self::Sqlite => sqlite::headers(content, &mut bounded),
            Self::Ndb => ndb::headers(content, &mut bounded),
            Self::Bdb => bdb::headers(content, &mut bounded),
        }?;
        // Small databases that say again and again where the same header is would take hours to be read.
        left.map(drop).ok_or_else(|| bad("its headers are longer than the whole"))
    }
}

fn bad(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("a damaged database of rpm: {why}"))
}

/// A number of two or four bytes at a place; 0 where there is none.
fn number(bytes: &[u8], at: usize, len: usize, big: bool) -> usize {
    let part = at.checked_add(len).and_then(|end| bytes.get(at..end)).unwrap_or_default();
    let join = |value: usize, byte: &u8| value << 8 | usize::from(*byte);
    if big { part.iter().fold(0, join) } else { part.iter().rev().fold(0, join) }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A header that names a package: texts and numbers by their tags.
    pub(crate) fn header(texts: &[(u32, &[&str])], numbers: &[(u32, &[u32])]) -> Vec<u8> {
        let (mut index, mut data) = (Vec::new(), Vec::new());
        let mut entry = |tag: u32, kind: u32, at: usize, count: usize| {
            let [at, count] = [at, count].map(|value| u32::try_from(value).unwrap());
            index.extend([tag, kind, at, count].map(u32::to_be_bytes).concat());
        };
        for (tag, all) in texts {
            entry(*tag, if all.len() == 1 { 6 } else { 8 }, data.len(), all.len());
            data.extend(all.iter().flat_map(|text| [text.as_bytes(), &[0]].concat()));
        }
        for (tag, all) in numbers {
            entry(*tag, 4, data.len(), all.len());
            data.extend(all.iter().flat_map(|number| number.to_be_bytes()));
        }
        let lengths = [index.len() / 16, data.len()].map(|len| u32::try_from(len).unwrap().to_be_bytes());
        [lengths.concat(), index, data].concat()
    }

    /// A database of rpm's own form with one header.
    pub(crate) fn ndb(header: &[u8]) -> Vec<u8> {
        let words = |all: [usize; 3]| all.map(|word| u32::try_from(word).unwrap().to_le_bytes()).concat();
        let mut bytes = [b"RpmP".to_vec(), words([0, 1, 1]), vec![0; 16]].concat();
        bytes.extend([b"Slot".to_vec(), words([0, 0, 0])].concat());
        bytes.extend([b"Slot".to_vec(), words([7, 256, 3])].concat());
        bytes.resize(4096, 0);
        bytes.extend([b"BlbS".to_vec(), words([7, 1, header.len()]), header.to_vec()].concat());
        bytes
    }

    /// All headers of a database, by their length.
    pub(super) fn lengths(form: Form, bytes: &[u8]) -> io::Result<Vec<usize>> {
        let mut all = Vec::new();
        form.headers(&Content::of(bytes.to_vec()), &mut |header| {
            all.push(header.len());
            true
        })?;
        Ok(all)
    }

    /// Nothing of a database that is damaged or cut is a panic.
    pub(super) fn survives_damage(form: Form, bytes: &[u8]) {
        for at in 0..bytes.len() {
            let mut bad = bytes.to_vec();
            bad[at] ^= 0xff;
            drop(lengths(form, &bad));
            drop(lengths(form, &bytes[..at]));
        }
    }
}
