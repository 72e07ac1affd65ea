//! What a process changed: the upper directory of an overlay becomes entries.

use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use image::{Entry, EntryKind};

use crate::copy::shared_inode;
use crate::meta::{as_path, is_opaque, is_undated, read_xattrs};
use crate::{Flavor, Index, Merged, StoreError, links, parallel};

/// An entry of the upper directory, and device and inode of a file with several names.
type Found = (Entry, Option<(u64, u64)>);

/// Gives digest and size of a file: where it is, and its path in the layer.
pub type HashFile<'a> = &'a (dyn Fn(&Path, &[u8]) -> std::io::Result<(image::Digest, u64)> + Sync);

/// Reads the upper directory of an overlay on `lower` after a process has run. Directories that are there only
/// because something below them changed are kept for the order of the layer; those without a change are not.
/// What the kernel marks opaque or white out without need is taken for what it means, so the same change
/// always gives the same index. Times of `begun` (seconds since 1970) and later are those of the process itself.
/// Files are read once, by `hash_file`.
pub fn scan_upper(
    upper: &Path,
    flavor: Flavor,
    lower: &Merged,
    begun: i64,
    hash_file: HashFile<'_>,
) -> Result<Index, StoreError> {
    let mut found = Vec::new();
    let root = fs::symlink_metadata(upper).map_err(StoreError::io("read", upper))?;
    found.push(describe(upper, Vec::new(), &root, flavor)?);
    walk(upper, &[], flavor, &mut found)?;
    found.sort_by(|a, b| a.0.path.cmp(&b.0.path));
    hash(upper, &mut found, hash_file)?;
    for (entry, _) in &mut found {
        entry.undated |= entry.mtime >= begun;
    }
    if flavor == Flavor::User {
        restore_owners(&mut found, lower);
    }
    Index::from_entries(links::group(reduce(found, lower)))
}

fn walk(upper: &Path, dir: &[u8], flavor: Flavor, found: &mut Vec<Found>) -> Result<(), StoreError> {
    use std::os::unix::ffi::OsStrExt;
    let host = upper.join(as_path(dir));
    for item in fs::read_dir(&host).map_err(StoreError::io("read", &host))? {
        let item = item.map_err(StoreError::io("read", &host))?;
        let name = item.file_name();
        let path = match dir {
            [] => name.as_bytes().to_vec(),
            dir => [dir, b"/", name.as_bytes()].concat(),
        };
        let data = item.metadata().map_err(StoreError::io("read", &item.path()))?;
        if data.file_type().is_socket() {
            // A socket lives with the process that listens on it.
            continue;
        }
        let entry = describe(&item.path(), path, &data, flavor)?;
        let inner = entry.0.kind.is_dir().then(|| entry.0.path.clone());
        found.push(entry);
        if let Some(inner) = inner {
            walk(upper, &inner, flavor, found)?;
        }
    }
    Ok(())
}

fn describe(host: &Path, path: Vec<u8>, data: &fs::Metadata, flavor: Flavor) -> Result<Found, StoreError> {
    let kind = data.file_type();
    let rdev = (rustix::fs::major(data.rdev()), rustix::fs::minor(data.rdev()));
    let kind = if kind.is_dir() {
        let opaque = !path.is_empty() && is_opaque(host, flavor).map_err(StoreError::io("read", host))?;
        if opaque { EntryKind::OpaqueDir } else { EntryKind::Dir }
    } else if kind.is_symlink() {
        EntryKind::Symlink
    } else if kind.is_char_device() {
        if rdev == (0, 0) { EntryKind::Whiteout } else { EntryKind::CharDevice }
    } else if kind.is_block_device() {
        EntryKind::BlockDevice
    } else if kind.is_fifo() {
        EntryKind::Fifo
    } else {
        EntryKind::File
    };
    let mut entry = Entry::new(path, kind, data.mode() & 0o7777);
    if kind == EntryKind::Whiteout {
        entry.mode = 0;
        return Ok((entry, None));
    }
    (entry.uid, entry.gid, entry.mtime) = (data.uid(), data.gid(), data.mtime());
    entry.undated = is_undated(data.mtime_nsec());
    match kind {
        EntryKind::File => entry.size = data.size(),
        EntryKind::CharDevice | EntryKind::BlockDevice => entry.rdev = rdev,
        EntryKind::Symlink => {
            use std::os::unix::ffi::OsStringExt;
            let link = fs::read_link(host).map_err(StoreError::io("read", host))?;
            entry.link = link.into_os_string().into_vec();
        }
        _ => {}
    }
    entry.xattrs = read_xattrs(host).map_err(StoreError::io("read the attributes of", host))?;
    Ok((entry, shared_inode(data)))
}

/// Hashes regular files, those with several names once.
fn hash(upper: &Path, found: &mut [Found], hash_file: HashFile<'_>) -> Result<(), StoreError> {
    let mut seen = std::collections::BTreeSet::new();
    let first = |at: &usize| {
        let (entry, inode) = &found[*at];
        entry.kind == EntryKind::File && inode.is_none_or(|inode| seen.insert(inode))
    };
    let files: Vec<usize> = (0..found.len()).filter(first).collect();
    let hashes = parallel::map(&files, |at| {
        let path = &found[*at].0.path;
        let host = upper.join(as_path(path));
        hash_file(&host, path).map_err(StoreError::io("read", &host))
    })?;
    for (at, (digest, size)) in files.into_iter().zip(hashes) {
        found[at].0.digest = Some(digest);
        found[at].0.size = size;
    }
    Ok(())
}

/// In a user namespace of one user all files of lower layers have that owner on disk, and so has what was copied
/// up from them. An owner that did not change on disk is the one that the index of the lower layer says.
fn restore_owners(found: &mut [Found], lower: &Merged) {
    for (entry, _) in found {
        let Some(at) = lower.position(&entry.path) else { continue };
        let below = lower.at(at);
        if (below.uid, below.gid) == (entry.uid, entry.gid) {
            continue;
        }
        let Ok(disk) = fs::symlink_metadata(lower.content_path_at(at)) else { continue };
        if disk.uid() == entry.uid {
            entry.uid = below.uid;
        }
        if disk.gid() == entry.gid {
            entry.gid = below.gid;
        }
    }
}

/// Drops and simplifies what is no change.
fn reduce(found: Vec<Found>, lower: &Merged) -> Vec<Found> {
    let mut hiding: Vec<Vec<u8>> = Vec::new();
    let mut visible = Vec::with_capacity(found.len());
    for (mut entry, inode) in found {
        let hidden = hiding.iter().any(|dir| is_below(&entry.path, dir));
        let below = lower.get(&entry.path).filter(|_| !hidden);
        match entry.kind {
            EntryKind::Whiteout if below.is_none() => continue,
            EntryKind::OpaqueDir if hidden || !has_children(lower, &entry) => entry.kind = EntryKind::Dir,
            EntryKind::OpaqueDir => hiding.push(entry.path.clone()),
            _ => {}
        }
        let same = is_same(&entry, below, lower) && inode.is_none();
        visible.push((entry, inode, same));
    }
    // From the end, so that what is below a directory is known before it.
    let mut kept: Vec<Found> = Vec::new();
    for (entry, inode, same) in visible.into_iter().rev() {
        let has_change = entry.kind.is_dir() && !entry.path.is_empty() && needed_below(&kept, &entry.path);
        if same && !has_change {
            continue;
        }
        kept.push((entry, inode));
    }
    kept.reverse();
    kept
}

fn has_children(lower: &Merged, entry: &Entry) -> bool {
    lower.get(&entry.path).is_some_and(|below| below.kind.is_dir()) && !lower.under(&entry.path).is_empty()
}

fn is_below(path: &[u8], dir: &[u8]) -> bool {
    path.len() > dir.len() && path.starts_with(dir) && path[dir.len()] == b'/'
}

/// Whether an entry says what the lower layers say already. The time of a directory does not count, as it
/// changes with what is in it.
fn is_same(entry: &Entry, below: Option<&Entry>, lower: &Merged) -> bool {
    let plain_root = || Entry::new("", EntryKind::Dir, 0o755);
    let below = match below {
        Some(below) if below.kind == EntryKind::Hardlink => lower.get(&below.link),
        None if entry.path.is_empty() => return same_metadata(entry, &plain_root()),
        other => other,
    };
    let Some(below) = below else { return false };
    match entry.kind {
        EntryKind::Dir => below.kind.is_dir() && same_metadata(entry, below),
        EntryKind::OpaqueDir | EntryKind::Whiteout => false,
        kind => {
            kind == below.kind
                && same_metadata(entry, below)
                && (entry.mtime, entry.size, entry.digest) == (below.mtime, below.size, below.digest)
                && (&entry.link, entry.rdev) == (&below.link, below.rdev)
        }
    }
}

fn same_metadata(a: &Entry, b: &Entry) -> bool {
    (a.mode, a.uid, a.gid, &a.xattrs) == (b.mode, b.uid, b.gid, &b.xattrs)
}

/// Whether one of the entries, which are sorted backwards, is below a directory.
fn needed_below(kept: &[Found], dir: &[u8]) -> bool {
    // Everything after `dir` in order is here; what is below it follows at some distance (`a`, `a-b`, `a/c`).
    let at = crate::index::partition(kept.len(), |at| !before(&kept[at].0.path, dir));
    at.checked_sub(1).is_some_and(|at| is_below(&kept[at].0.path, dir))
}

/// Whether a path stands before everything below `dir`.
fn before(path: &[u8], dir: &[u8]) -> bool {
    path < [dir, b"/"].concat().as_slice()
}
