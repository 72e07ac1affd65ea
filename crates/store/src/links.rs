//! Names of one file: the first in order is the file, the others are hard links to it.

use std::collections::BTreeMap;

use image::{Entry, EntryKind, path_to_string};

use crate::StoreError;

/// Brings hard links of sorted entries into their canonical form, in which each leads to the first name.
pub(crate) fn canonical(entries: &mut [Entry]) -> Result<(), StoreError> {
    if entries.iter().all(|entry| entry.kind != EntryKind::Hardlink) {
        return Ok(());
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for at in (0..entries.len()).filter(|at| entries[*at].kind == EntryKind::Hardlink) {
        let file = original(entries, at)?;
        groups.entry(file).or_default().push(at);
    }
    for (file, names) in groups {
        let first = names.iter().copied().min().unwrap_or(file).min(file);
        let mut content = entries[file].clone();
        for at in names.into_iter().chain([file]) {
            entries[at] = link(&content, &entries[at].path, &entries[first].path);
        }
        content.path.clone_from(&entries[first].path);
        entries[first] = content;
    }
    Ok(())
}

/// Groups entries that came with the identity of their file (device and inode, for example): all but the first
/// of each group become hard links. `entries` is sorted by path.
pub(crate) fn group<K: Ord>(entries: Vec<(Entry, Option<K>)>) -> Vec<Entry> {
    let mut first: BTreeMap<K, usize> = BTreeMap::new();
    let mut out: Vec<Entry> = Vec::with_capacity(entries.len());
    for (entry, key) in entries {
        let Some(key) = key else {
            out.push(entry);
            continue;
        };
        if let Some(at) = first.get(&key) {
            out.push(link(&out[*at], &entry.path, &out[*at].path));
        } else {
            first.insert(key, out.len());
            out.push(entry);
        }
    }
    out
}

/// The entry of another name of a file.
pub(crate) fn link(file: &Entry, path: &[u8], target: &[u8]) -> Entry {
    Entry {
        path: path.to_vec(),
        kind: EntryKind::Hardlink,
        link: target.to_vec(),
        size: 0,
        digest: None,
        xattrs: Vec::new(),
        ..file.clone()
    }
}

fn original(entries: &[Entry], link: usize) -> Result<usize, StoreError> {
    let mut at = link;
    for _ in 0..entries.len() {
        let target = &entries[at].link;
        let found = entries.binary_search_by(|entry| entry.path.cmp(target));
        at = found.map_err(|_| refused(&entries[link]))?;
        match entries[at].kind {
            EntryKind::Hardlink => {}
            EntryKind::Dir | EntryKind::OpaqueDir | EntryKind::Whiteout => {
                return Err(refused(&entries[link]));
            }
            _ => return Ok(at),
        }
    }
    Err(refused(&entries[link]))
}

fn refused(entry: &Entry) -> StoreError {
    let why =
        format!("its hard link target `{}` is not a file of the same layer", path_to_string(&entry.link));
    StoreError::refused(format!("`/{}`", path_to_string(&entry.path)), why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_name_becomes_the_file() {
        let file = |path: &str| Entry { size: 3, ..Entry::new(path, EntryKind::File, 0o644) };
        let to = |path: &str, target: &str| Entry {
            link: target.into(),
            ..Entry::new(path, EntryKind::Hardlink, 0o644)
        };
        let mut entries = vec![to("a", "c"), to("b", "a"), file("c"), file("d")];
        canonical(&mut entries).unwrap();
        let shape: Vec<_> =
            entries.iter().map(|entry| (entry.kind, entry.link.as_slice(), entry.size)).collect();
        let link = (EntryKind::Hardlink, &b"a"[..], 0);
        let file_shape = (EntryKind::File, &b""[..], 3);
        assert_eq!(shape, [file_shape, link, link, file_shape]);
        assert!(canonical(&mut [to("a", "b"), to("b", "a")]).is_err(), "a loop");
        assert!(canonical(&mut [to("a", "x")]).is_err(), "to nothing");
    }
}
