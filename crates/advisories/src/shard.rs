//! A shard: the advisories of one distribution or ecosystem by one source, as bytes that are searched where they lie.
//!
//! ```text
//! magic "cooperad"   u32 form   u32 packages   u64 offset of the table
//! texts and lists    varint length and bytes; numbers are varints
//! table              for each package, sorted by name: u64 offset of the name, u64 offset of its list
//! ```
//!
//! A list is the number of advisories, and for each of them: offsets of texts for its id and its summary, its risk, and lists
//! of aliases, bounds, versions and parts. Offsets that lead nowhere end an answer with an error: a shard may be damaged.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use facts::Risk;

use crate::{Advisory, Bounds, Part};

const MAGIC: &[u8; 8] = b"cooperad";
const FORM: u32 = 2;
const HEAD: usize = 24;

/// Longer lists are damage.
const MAX_LIST: u64 = 1 << 20;

/// A shard in bytes that somebody holds.
#[derive(Debug, Clone, Copy)]
pub struct Shard<'a> {
    bytes: &'a [u8],
    count: usize,
    table: usize,
}

/// A shard that is damaged, or of another form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardError(&'static str);

impl fmt::Display for ShardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a damaged shard of advisories: {}", self.0)
    }
}

impl std::error::Error for ShardError {}

const CUT: ShardError = ShardError("it ends too early");

impl<'a> Shard<'a> {
    /// Looks at the head of a shard; the rest is read when it is asked for.
    pub fn open(bytes: &'a [u8]) -> Result<Self, ShardError> {
        let head = bytes.get(..HEAD).ok_or(CUT)?;
        if &head[..8] != MAGIC || head[8..12] != FORM.to_le_bytes() {
            return Err(ShardError("it is of another form; import it again"));
        }
        let count = u32::from_le_bytes(head[12..16].try_into().map_err(|_| CUT)?) as usize;
        let table = usize::try_from(u64::from_le_bytes(head[16..24].try_into().map_err(|_| CUT)?));
        let table = table.map_err(|_| CUT)?;
        let end = count.checked_mul(16).and_then(|len| len.checked_add(table));
        if end != Some(bytes.len()) {
            return Err(CUT);
        }
        Ok(Self { bytes, count, table })
    }

    /// Number of packages.
    pub fn packages(&self) -> usize {
        self.count
    }

    /// The advisories of a package.
    pub fn find(&self, name: &str) -> Result<Vec<Advisory>, ShardError> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low.midpoint(high);
            let (at, list) = self.row(middle)?;
            match self.text(at)?.as_bytes().cmp(name.as_bytes()) {
                std::cmp::Ordering::Equal => return self.list(list),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Ok(Vec::new())
    }

    fn row(&self, number: usize) -> Result<(u64, u64), ShardError> {
        let at = self.table + 16 * number;
        let word = |at: usize| -> Result<u64, ShardError> {
            let bytes = self.bytes.get(at..at + 8).ok_or(CUT)?;
            Ok(u64::from_le_bytes(bytes.try_into().map_err(|_| CUT)?))
        };
        Ok((word(at)?, word(at + 8)?))
    }

    fn text(&self, at: u64) -> Result<&'a str, ShardError> {
        let mut cursor = self.cursor(at)?;
        let len = usize::try_from(cursor.number()?).map_err(|_| CUT)?;
        let bytes = cursor.rest.get(..len).ok_or(CUT)?;
        std::str::from_utf8(bytes).map_err(|_| ShardError("a text that is none"))
    }

    fn cursor(&self, at: u64) -> Result<Cursor<'a>, ShardError> {
        let at = usize::try_from(at).map_err(|_| CUT)?;
        Ok(Cursor { rest: self.bytes.get(at..).ok_or(CUT)? })
    }

    fn list(&self, at: u64) -> Result<Vec<Advisory>, ShardError> {
        let mut cursor = self.cursor(at)?;
        let mut text = |cursor: &mut Cursor<'a>| -> Result<String, ShardError> {
            Ok(self.text(cursor.number()?)?.to_owned())
        };
        cursor.many(|cursor| {
            Ok(Advisory {
                id: text(cursor)?,
                summary: text(cursor)?,
                risk: risk(cursor.number()?),
                aliases: cursor.many(&mut text)?,
                bounds: cursor.many(|cursor| {
                    Ok(Bounds { introduced: text(cursor)?, fixed: text(cursor)?, last: text(cursor)? })
                })?,
                versions: cursor.many(&mut text)?,
                parts: cursor.many(|cursor| {
                    Ok(Part {
                        path: text(cursor)?,
                        systems: cursor.many(&mut text)?,
                        architectures: cursor.many(&mut text)?,
                    })
                })?,
            })
        })
    }
}

/// The risk of its place among all.
fn risk(number: u64) -> Risk {
    usize::try_from(number).ok().and_then(|number| Risk::ALL.get(number)).copied().unwrap_or_default()
}

struct Cursor<'a> {
    rest: &'a [u8],
}

impl Cursor<'_> {
    fn number(&mut self) -> Result<u64, ShardError> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.rest.split_first().ok_or(CUT)?;
            self.rest = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(ShardError("a number that is too large"))
    }

    fn many<T>(
        &mut self,
        mut one: impl FnMut(&mut Self) -> Result<T, ShardError>,
    ) -> Result<Vec<T>, ShardError> {
        let count = self.number()?;
        if count > MAX_LIST {
            return Err(ShardError("a list that is too long"));
        }
        (0..count).map(|_| one(self)).collect()
    }
}

/// Writes the advisories of packages by name; the same for the same advisories.
pub(crate) fn encode(packages: &BTreeMap<String, Vec<Advisory>>) -> Vec<u8> {
    let mut writer = Writer { out: vec![0; HEAD], texts: HashMap::new() };
    let mut table = Vec::new();
    for (name, advisories) in packages {
        let name = writer.text(name);
        let list = writer.list(advisories);
        table.extend(name.to_le_bytes());
        table.extend(list.to_le_bytes());
    }
    let mut out = writer.out;
    let begin = out.len() as u64;
    out.extend(table);
    out[..8].copy_from_slice(MAGIC);
    out[8..12].copy_from_slice(&FORM.to_le_bytes());
    out[12..16].copy_from_slice(&u32::try_from(packages.len()).unwrap_or(u32::MAX).to_le_bytes());
    out[16..24].copy_from_slice(&begin.to_le_bytes());
    out
}

struct Writer {
    out: Vec<u8>,
    /// Where texts are that were written already.
    texts: HashMap<String, u64>,
}

impl Writer {
    fn text(&mut self, text: &str) -> u64 {
        if let Some(at) = self.texts.get(text) {
            return *at;
        }
        let at = self.out.len() as u64;
        number(&mut self.out, text.len() as u64);
        self.out.extend(text.as_bytes());
        self.texts.insert(text.to_owned(), at);
        at
    }

    fn list(&mut self, advisories: &[Advisory]) -> u64 {
        let mut list = Vec::new();
        number(&mut list, advisories.len() as u64);
        for one in advisories {
            let risk = Risk::ALL.iter().position(|risk| *risk == one.risk).unwrap_or_default();
            number(&mut list, self.text(&one.id));
            number(&mut list, self.text(&one.summary));
            number(&mut list, risk as u64);
            self.texts(&mut list, &one.aliases);
            number(&mut list, one.bounds.len() as u64);
            for bounds in &one.bounds {
                for text in [&bounds.introduced, &bounds.fixed, &bounds.last] {
                    number(&mut list, self.text(text));
                }
            }
            self.texts(&mut list, &one.versions);
            number(&mut list, one.parts.len() as u64);
            for part in &one.parts {
                number(&mut list, self.text(&part.path));
                self.texts(&mut list, &part.systems);
                self.texts(&mut list, &part.architectures);
            }
        }
        let at = self.out.len() as u64;
        self.out.extend(list);
        at
    }

    fn texts(&mut self, list: &mut Vec<u8>, texts: &[String]) {
        number(list, texts.len() as u64);
        for text in texts {
            number(list, self.text(text));
        }
    }
}

fn number(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> BTreeMap<String, Vec<Advisory>> {
        let advisory = |id: &str| Advisory {
            id: id.to_owned(),
            aliases: vec!["CVE-1".to_owned()],
            risk: Risk::High,
            summary: "x".repeat(200),
            bounds: vec![Bounds { introduced: "1".to_owned(), fixed: "2".to_owned(), last: String::new() }],
            versions: vec!["7".to_owned()],
            parts: vec![Part {
                path: "a/b".to_owned(),
                systems: vec!["linux".to_owned()],
                architectures: Vec::new(),
            }],
        };
        BTreeMap::from([
            ("a".to_owned(), vec![advisory("A-1"), advisory("A-2")]),
            ("c".to_owned(), vec![advisory("C-1")]),
        ])
    }

    #[test]
    fn what_was_written_is_found() {
        let (packages, bytes) = (sample(), encode(&sample()));
        let shard = Shard::open(&bytes).unwrap();
        for (name, advisories) in &packages {
            assert_eq!(shard.find(name).unwrap(), *advisories);
        }
        assert!(shard.find("b").unwrap().is_empty() && shard.packages() == 2);
    }

    #[test]
    fn damage_is_an_error_and_no_panic() {
        let bytes = encode(&sample());
        for len in 0..bytes.len() {
            assert!(Shard::open(&bytes[..len]).is_err(), "{len}");
        }
        for at in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[at] ^= 0xff;
            if let Ok(shard) = Shard::open(&bad) {
                let _ = (shard.find("a"), shard.find("c"));
            }
        }
    }
}
