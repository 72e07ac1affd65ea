//! The walk over a context: one stat for each file, excluded directories skipped whole.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use image::{Entry, EntryKind};
use syntax::{Ignore, Verdict};

use super::StatKey;

struct Walk<'a> {
    ignore: &'a Ignore,
    wanted: Option<&'a [Vec<u8>]>,
    found: Vec<(Entry, StatKey)>,
}

/// Entries below `root`, sorted by path, with what the stat cache needs of each.
pub(super) fn walk(
    root: &Path,
    ignore: &Ignore,
    wanted: Option<&[Vec<u8>]>,
) -> io::Result<(Vec<Entry>, Vec<StatKey>)> {
    let mut walk = Walk { ignore, wanted, found: Vec::new() };
    walk.directory(root, &[], &Verdict::default())?;
    walk.found.sort_by(|a, b| a.0.path.cmp(&b.0.path));
    let (mut entries, stats): (Vec<_>, Vec<_>) = walk.found.into_iter().unzip();
    link_names(&mut entries, &stats);
    Ok((entries, stats))
}

impl Walk<'_> {
    fn directory(&mut self, dir: &Path, prefix: &[u8], above: &Verdict) -> io::Result<()> {
        let named = |error: io::Error| io::Error::new(error.kind(), format!("`{}`: {error}", dir.display()));
        for item in fs::read_dir(dir).map_err(named)? {
            let item = item.map_err(named)?;
            let path = join(prefix, item.file_name().as_bytes());
            if self.is_wanted(&path) {
                self.item(&item, path, above)?;
            }
        }
        Ok(())
    }

    fn item(&mut self, item: &fs::DirEntry, path: Vec<u8>, above: &Verdict) -> io::Result<()> {
        let kind = item.file_type()?;
        let text = String::from_utf8_lossy(&path);
        let verdict = self.ignore.below(above, &text);
        let excluded = verdict.is_ignored();
        if excluded && (!kind.is_dir() || !self.ignore.may_contain_included(&text, &verdict)) {
            return Ok(());
        }
        // A file that vanished since it was listed is as if it had never been there.
        let metadata = match item.metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            other => other?,
        };
        let before = self.found.len();
        if kind.is_dir() {
            self.directory(&item.path(), &path, &verdict)?;
        }
        // An excluded directory is kept when something below it is included again.
        if !excluded || self.found.len() > before {
            let Some(entry) = entry(path, &metadata, &item.path())? else { return Ok(()) };
            self.found.push((entry, StatKey::of(&metadata)));
        }
        Ok(())
    }

    /// Whether a path lies on the way to, at, or below one that is wanted.
    fn is_wanted(&self, path: &[u8]) -> bool {
        let Some(wanted) = self.wanted else { return true };
        wanted.iter().any(|want| want.is_empty() || within(path, want) || within(want, path))
    }
}

/// Whether `path` is `base` or below it.
fn within(path: &[u8], base: &[u8]) -> bool {
    path.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
}

fn join(prefix: &[u8], name: &[u8]) -> Vec<u8> {
    let mut path = Vec::with_capacity(prefix.len() + 1 + name.len());
    if !prefix.is_empty() {
        path.extend_from_slice(prefix);
        path.push(b'/');
    }
    path.extend_from_slice(name);
    path
}

/// The entry of a file; sockets, which no archive holds, are left out. Owners are 0, as a context has none.
fn entry(path: Vec<u8>, metadata: &Metadata, host: &Path) -> io::Result<Option<Entry>> {
    let kind = metadata.file_type();
    let kind = match () {
        () if kind.is_file() => EntryKind::File,
        () if kind.is_dir() => EntryKind::Dir,
        () if kind.is_symlink() => EntryKind::Symlink,
        () if kind.is_fifo() => EntryKind::Fifo,
        () if kind.is_char_device() => EntryKind::CharDevice,
        () if kind.is_block_device() => EntryKind::BlockDevice,
        () => return Ok(None),
    };
    let mut entry = Entry::new(path, kind, metadata.mode() & 0o7777);
    (entry.mtime, entry.undated) = (metadata.mtime(), true);
    match kind {
        EntryKind::File => entry.size = metadata.len(),
        EntryKind::Symlink => entry.link = fs::read_link(host)?.as_os_str().as_bytes().to_vec(),
        EntryKind::CharDevice | EntryKind::BlockDevice => {
            entry.rdev = (rustix::fs::major(metadata.rdev()), rustix::fs::minor(metadata.rdev()));
        }
        _ => {}
    }
    Ok(Some(entry))
}

/// Turns the second and later names of one file into hard links to the first.
fn link_names(entries: &mut [Entry], stats: &[StatKey]) {
    let mut first: BTreeMap<(u64, u64), usize> = BTreeMap::new();
    for at in 0..entries.len() {
        if entries[at].kind != EntryKind::File || stats[at].links < 2 {
            continue;
        }
        let original = *first.entry((stats[at].device, stats[at].inode)).or_insert(at);
        if original != at {
            let first = entries[original].path.clone();
            entries[at].link = first;
            entries[at].kind = EntryKind::Hardlink;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(ignore: &str, wanted: Option<&[&str]>) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        for file in ["a/b/c.txt", "a/d", "e", "node_modules/x/y", "keep/.git/z"] {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "1").unwrap();
        }
        let wanted: Option<Vec<Vec<u8>>> =
            wanted.map(|list| list.iter().map(|w| w.as_bytes().to_vec()).collect());
        let (entries, _) = walk(dir.path(), &Ignore::parse(ignore), wanted.as_deref()).unwrap();
        entries.iter().map(|entry| image::path_to_string(&entry.path)).collect()
    }

    #[test]
    fn excluded_directories_are_not_entered_unless_something_below_is_included() {
        let all = ["a", "a/b", "a/b/c.txt", "a/d", "e", "keep", "keep/.git", "keep/.git/z"];
        assert_eq!(names("node_modules\n", None), all);
        assert_eq!(names("*\n!a/b\n", None), ["a", "a/b", "a/b/c.txt"]);
    }

    #[test]
    fn only_what_is_wanted_is_walked() {
        assert_eq!(names("", Some(&["a/b", "e"])), ["a", "a/b", "a/b/c.txt", "e"]);
        assert_eq!(names("", Some(&["a/bb"])), ["a"]);
    }
}
