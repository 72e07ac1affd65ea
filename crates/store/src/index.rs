//! The index of a layer: its sorted entries.

use std::ops::Range;

use image::{Digest, Entry, EntryKind, path_to_string};
use kit::Hasher;

use crate::{StoreError, codec, links};

/// The entries of a layer, sorted by the bytes of their paths, so that a directory stands before its content.
/// Paths are unique. Of the names of one file the first is the file and the others are hard links to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Index {
    entries: Vec<Entry>,
}

impl Index {
    /// Sorts entries and checks them: paths are clean, unique and none is reserved for whiteouts, hard links
    /// lead to a file among the entries.
    pub fn from_entries(mut entries: Vec<Entry>) -> Result<Self, StoreError> {
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        for entry in &entries {
            check_path(&entry.path)?;
        }
        if let Some(pair) = entries.windows(2).find(|pair| pair[0].path == pair[1].path) {
            return Err(refused(&pair[0].path, "it is there twice"));
        }
        links::canonical(&mut entries)?;
        Ok(Self { entries })
    }

    /// All entries in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry of a path.
    pub fn get(&self, path: &[u8]) -> Option<&Entry> {
        self.position(path).map(|at| &self.entries[at])
    }

    /// The position of a path.
    pub fn position(&self, path: &[u8]) -> Option<usize> {
        self.entries.binary_search_by(|entry| entry.path.as_slice().cmp(path)).ok()
    }

    /// Positions of everything below a directory, itself not among them.
    pub fn under(&self, dir: &[u8]) -> Range<usize> {
        range_under(self.entries.len(), dir, |at| self.entries[at].path.as_slice())
    }

    /// The entries directly in a directory.
    pub fn children(&self, dir: &[u8]) -> impl Iterator<Item = &Entry> {
        let depth = dir.len() + usize::from(!dir.is_empty());
        self.entries[self.under(dir)].iter().filter(move |entry| !entry.path[depth..].contains(&b'/'))
    }

    /// The digest of everything but the times of undated entries: what a layer that was made here is called.
    pub fn identity(&self) -> Digest {
        let mut hash = Hasher::new();
        hash.field(b"cooper layer 2");
        self.entries.iter().for_each(|entry| hash_entry(&mut hash, entry));
        hash.finish()
    }

    /// Bytes of all files.
    pub fn size(&self) -> u64 {
        self.entries.iter().map(|entry| entry.size).sum()
    }

    /// Whether there is so little that it is packed in a moment, by one thread.
    pub fn is_small(&self) -> bool {
        let headers = (self.entries.len() as u64).saturating_mul(1 << 10);
        self.size().saturating_add(headers) <= 512 << 10
    }

    /// The binary form with a checksum.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(&self.entries)
    }

    /// Reads the binary form; damage of any kind is an error.
    pub fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        let damaged = |why: &str| StoreError::corrupt("a layer index", why);
        let entries = codec::decode(bytes).map_err(damaged)?;
        if entries.windows(2).any(|pair| pair[0].path >= pair[1].path) {
            return Err(damaged("its entries are not sorted"));
        }
        Ok(Self { entries })
    }
}

fn hash_entry(hash: &mut Hasher, entry: &Entry) {
    hash.field(&entry.path);
    hash.update(&[entry.kind as u8]);
    if matches!(entry.kind, EntryKind::Hardlink | EntryKind::Whiteout) {
        hash.field(&entry.link);
        return;
    }
    for number in [entry.mode, entry.uid, entry.gid, entry.rdev.0, entry.rdev.1] {
        hash.update(&number.to_le_bytes());
    }
    hash.update(&entry.size.to_le_bytes());
    hash.field(&if entry.undated { Vec::new() } else { entry.mtime.to_le_bytes().to_vec() });
    hash.field(entry.digest.as_ref().map_or(&[][..], |digest| digest.as_bytes()));
    hash.field(&entry.link);
    hash.update(&(entry.xattrs.len() as u64).to_le_bytes());
    for (name, value) in &entry.xattrs {
        hash.field(name);
        hash.field(value);
    }
}

/// The positions of paths below `dir` in a sorted list of `len` paths.
pub(crate) fn range_under<'a>(len: usize, dir: &[u8], path: impl Fn(usize) -> &'a [u8]) -> Range<usize> {
    if dir.is_empty() {
        // Only the root itself is not below the root; it is the first when it is there.
        return usize::from(len > 0 && path(0).is_empty())..len;
    }
    let prefix = [dir, b"/"].concat();
    // The byte after `/` ends the range of everything that begins with the prefix.
    let end = [dir, b"0"].concat();
    partition(len, |at| path(at) < prefix.as_slice())..partition(len, |at| path(at) < end.as_slice())
}

/// The first position at which `before` no longer holds.
pub(crate) fn partition(len: usize, before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, len);
    while low < high {
        let middle = low.midpoint(high);
        if before(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

fn refused(path: &[u8], why: &str) -> StoreError {
    StoreError::refused(format!("`/{}`", path_to_string(path)), why)
}

/// A path below the root without empty, `.` and `..` components and without names that layers reserve.
fn check_path(path: &[u8]) -> Result<(), StoreError> {
    if path.is_empty() {
        return Ok(());
    }
    for part in path.split(|byte| *byte == b'/') {
        if part.is_empty() || part == b"." || part == b".." || part.contains(&0) {
            return Err(refused(path, "its path is not clean"));
        }
        if part.starts_with(b".wh.") {
            return Err(refused(path, "image layers reserve names that begin with `.wh.`"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(paths: &[&str]) -> Index {
        let entries = paths.iter().map(|path| Entry::new(*path, EntryKind::Dir, 0o755)).collect();
        Index::from_entries(entries).unwrap()
    }

    #[test]
    fn ranges_hold_what_is_below_and_nothing_else() {
        let index = index(&["a", "a/b", "a-b", "a/b/c", "b", "", "a0"]);
        let paths = |range: Range<usize>| -> Vec<String> {
            index.entries()[range].iter().map(|entry| path_to_string(&entry.path)).collect()
        };
        assert_eq!(paths(index.under(b"a")), ["a/b", "a/b/c"]);
        assert_eq!(index.under(b"").len(), 6);
        let names: Vec<_> = index.children(b"").map(|entry| path_to_string(&entry.path)).collect();
        assert_eq!(names, ["a", "a-b", "a0", "b"]);
        assert!(index.get(b"a/b").is_some() && index.get(b"x").is_none());
    }

    #[test]
    fn bad_paths_are_refused() {
        for path in ["/a", "a/", "a//b", "a/../b", ".", "a/.wh.b", ".wh..wh..opq"] {
            let entry = Entry::new(path, EntryKind::Dir, 0o755);
            assert!(Index::from_entries(vec![entry]).is_err(), "{path}");
        }
        let twice = vec![Entry::new("a", EntryKind::Dir, 0o755), Entry::new("a", EntryKind::Fifo, 0o644)];
        assert!(Index::from_entries(twice).is_err());
    }

    #[test]
    fn times_of_this_machine_are_outside_the_identity_and_everything_else_is_inside() {
        let mut base = Entry::new("a", EntryKind::File, 0o644);
        base.undated = true;
        base.digest = Some(Digest::of(b"x"));
        base.size = 1;
        let id = |entry: &Entry| Index::from_entries(vec![entry.clone()]).unwrap().identity();
        assert_eq!(id(&base), id(&Entry { mtime: 7, ..base.clone() }));
        let others = [
            Entry { path: b"b".to_vec(), ..base.clone() },
            Entry { mode: 0o600, ..base.clone() },
            Entry { uid: 1, ..base.clone() },
            Entry { gid: 1, ..base.clone() },
            Entry { size: 2, ..base.clone() },
            Entry { digest: None, ..base.clone() },
            Entry { xattrs: vec![(b"user.a".to_vec(), Vec::new())], ..base.clone() },
            Entry { kind: EntryKind::Dir, ..base.clone() },
            Entry { undated: false, ..base.clone() },
        ];
        for other in others {
            assert_ne!(id(&base), id(&other), "{other:?}");
        }
        let dated = Entry { undated: false, ..base };
        assert_ne!(id(&dated), id(&Entry { mtime: 7, ..dated.clone() }));
    }
}
