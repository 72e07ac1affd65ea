//! Files that two images have not, or have in another way.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use image::{Entry, EntryKind};
use store::{Merged, TarTimes};

/// What a file can differ in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// What it is: a file, a directory, …
    Kind,
    /// Its bytes.
    Content,
    /// Permission bits.
    Mode,
    /// User and group.
    Owner,
    /// Modification time.
    Time,
    /// Extended attributes.
    Xattrs,
    /// Where a symbolic link leads, or which file a hard link is a name of.
    Target,
    /// Numbers of a device.
    Device,
}

impl Field {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kind => "type",
            Self::Content => "content",
            Self::Mode => "mode",
            Self::Owner => "owner",
            Self::Time => "time",
            Self::Xattrs => "xattrs",
            Self::Target => "target",
            Self::Device => "device",
        }
    }
}

/// A path that two file systems differ in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The path.
    pub path: Vec<u8>,
    /// What the first has there, with its time in the image.
    pub before: Option<Entry>,
    /// What the second has there.
    pub after: Option<Entry>,
    /// What differs, when both have something.
    pub fields: Vec<Field>,
}

/// The file system of an image.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// Its files.
    pub merged: &'a Merged,
    /// One for each layer.
    pub times: &'a [TarTimes],
}

impl Side<'_> {
    fn times(&self, at: usize) -> TarTimes {
        self.times.get(self.merged.layer_of(at)).copied().unwrap_or(TarTimes::Unknown)
    }

    /// An entry as it is in the image.
    fn entry(&self, at: usize) -> Entry {
        let mut entry = self.merged.at(at).clone();
        (entry.mtime, entry.undated) = match self.times(at) {
            TarTimes::Limited(epoch) if entry.undated => (epoch, false),
            TarTimes::Limited(epoch) => (entry.mtime.min(epoch), false),
            TarTimes::Kept => (entry.mtime, false),
            TarTimes::Unknown => (entry.mtime, entry.undated),
        };
        seen(entry, |path| self.merged.get(path))
    }
}

/// What two file systems differ in, in the order of paths. Fields of `ignored` are not looked at.
pub fn files(before: Side<'_>, after: Side<'_>, ignored: &BTreeSet<Field>) -> Vec<Change> {
    let mut changes = Vec::new();
    let (mut one, mut other) = (0, 0);
    while one < before.merged.len() || other < after.merged.len() {
        let left = (one < before.merged.len()).then(|| before.merged.at(one));
        let right = (other < after.merged.len()).then(|| after.merged.at(other));
        // Most of two images that are compared is the same.
        if left == right && before.times(one) == after.times(other) {
            (one, other) = (one + 1, other + 1);
            continue;
        }
        let order = order(left, right);
        let (left, right) = (order.is_le().then_some(one), order.is_ge().then_some(other));
        (one, other) = (one + usize::from(left.is_some()), other + usize::from(right.is_some()));
        let (left, right) = (left.map(|at| before.entry(at)), right.map(|at| after.entry(at)));
        changes.extend(change(left, right, ignored));
    }
    changes
}

/// The same for the entries of two layers, in which a whiteout is one of them.
pub fn entries(before: &[Entry], after: &[Entry]) -> Vec<Change> {
    let mut changes = Vec::new();
    let (mut one, mut other) = (before.iter().peekable(), after.iter().peekable());
    while one.peek().is_some() || other.peek().is_some() {
        let order = order(one.peek().copied(), other.peek().copied());
        let left = if order.is_le() { one.next() } else { None };
        let right = if order.is_ge() { other.next() } else { None };
        let of = |entry: Option<&Entry>, all: &[Entry]| {
            entry.map(|entry| seen(entry.clone(), |path| find(all, path)))
        };
        changes.extend(change(of(left, before), of(right, after), &BTreeSet::new()));
    }
    changes
}

/// An entry of a layer, which is sorted.
fn find<'a>(entries: &'a [Entry], path: &[u8]) -> Option<&'a Entry> {
    entries.binary_search_by(|entry| entry.path.as_slice().cmp(path)).ok().map(|at| &entries[at])
}

fn order(left: Option<&Entry>, right: Option<&Entry>) -> Ordering {
    match (left, right) {
        (Some(left), Some(right)) => left.path.cmp(&right.path),
        (Some(_), None) => Ordering::Less,
        _ => Ordering::Greater,
    }
}

/// An entry as others see it: a name of a file has what the file has; that a layer hides what is below does not show.
fn seen<'a>(mut entry: Entry, find: impl Fn(&[u8]) -> Option<&'a Entry>) -> Entry {
    if entry.kind == EntryKind::OpaqueDir {
        entry.kind = EntryKind::Dir;
    }
    if entry.kind == EntryKind::Hardlink
        && let Some(file) = find(&entry.link)
    {
        let (path, link) = (entry.path, entry.link);
        entry = Entry {
            path,
            link,
            kind: EntryKind::Hardlink,
            mtime: entry.mtime,
            undated: entry.undated,
            ..file.clone()
        };
    }
    entry
}

fn change(before: Option<Entry>, after: Option<Entry>, ignored: &BTreeSet<Field>) -> Option<Change> {
    let path = before.as_ref().or(after.as_ref())?.path.clone();
    let fields = match (&before, &after) {
        (Some(before), Some(after)) => {
            let mut fields = fields(before, after);
            fields.retain(|field| !ignored.contains(field));
            fields
        }
        // An archive may say something of the root, or nothing.
        _ if path.is_empty() => return None,
        _ => return Some(Change { path, before, after, fields: Vec::new() }),
    };
    (!fields.is_empty()).then_some(Change { path, before, after, fields })
}

/// What two entries of one path differ in. Of two names of files, what the files have is said of the files.
fn fields(before: &Entry, after: &Entry) -> Vec<Field> {
    let is_link = |entry: &Entry| entry.kind == EntryKind::Hardlink;
    if is_link(before) && is_link(after) && before.link == after.link {
        return Vec::new();
    }
    let kind = |entry: &Entry| if is_link(entry) { EntryKind::File } else { entry.kind };
    let content = |entry: &Entry| (entry.size, entry.digest);
    let time = |entry: &Entry| (!entry.undated).then_some(entry.mtime);
    let times = time(before).zip(time(after));
    let differs = [
        (Field::Kind, kind(before) != kind(after)),
        (Field::Content, kind(before) == kind(after) && content(before) != content(after)),
        (Field::Mode, before.mode != after.mode),
        (Field::Owner, (before.uid, before.gid) != (after.uid, after.gid)),
        (Field::Time, times.is_some_and(|(one, other)| one != other) && !is_link(before) && !is_link(after)),
        (Field::Xattrs, before.xattrs != after.xattrs),
        (Field::Target, before.link != after.link),
        (Field::Device, before.rdev != after.rdev),
    ];
    differs.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
}

#[cfg(test)]
mod tests {
    use image::Digest;

    use super::*;

    fn file(path: &str, content: &str) -> Entry {
        let mut entry = Entry::new(path, EntryKind::File, 0o644);
        (entry.digest, entry.size) = (Some(Digest::of(content.as_bytes())), content.len() as u64);
        entry
    }

    fn link(path: &str, to: &str) -> Entry {
        Entry { link: to.as_bytes().to_vec(), ..Entry::new(path, EntryKind::Hardlink, 0) }
    }

    fn check(before: &[Entry], after: &[Entry], expect: &[(&str, &[Field])]) {
        let changes = entries(before, after);
        let found: Vec<_> =
            changes.iter().map(|one| (std::str::from_utf8(&one.path).unwrap(), &one.fields[..])).collect();
        assert_eq!(found, expect);
    }

    type Case = (fn(&mut Entry), &'static [Field]);

    #[test]
    fn each_field_is_told_apart() {
        let old = file("f", "1");
        let with = |change: fn(&mut Entry)| {
            let mut new = old.clone();
            change(&mut new);
            new
        };
        let cases: [Case; 8] = [
            (|_| {}, &[]),
            (|one| one.mode = 0o755, &[Field::Mode]),
            (|one| one.gid = 7, &[Field::Owner]),
            (|one| one.mtime = 7, &[Field::Time]),
            (|one| (one.mtime, one.undated) = (7, true), &[]),
            (|one| one.xattrs = vec![(b"a".to_vec(), b"b".to_vec())], &[Field::Xattrs]),
            (|one| one.digest = Some(Digest::of(b"2")), &[Field::Content]),
            (|one| one.kind = EntryKind::Fifo, &[Field::Kind]),
        ];
        for (change, fields) in cases {
            let changes = entries(std::slice::from_ref(&old), &[with(change)]);
            assert_eq!(changes.first().map_or(&[][..], |one| &one.fields), fields);
        }
    }

    #[test]
    fn what_only_one_has_is_there_too() {
        check(
            &[file("a", "1"), file("b", "1")],
            &[file("b", "1"), file("c", "1")],
            &[("a", &[]), ("c", &[])],
        );
        check(&[Entry::new("", EntryKind::Dir, 0o755)], &[], &[]);
    }

    #[test]
    fn names_of_a_file_have_what_the_file_has() {
        check(
            &[file("a", "1"), link("b", "a")],
            &[file("a", "1"), file("b", "1")],
            &[("b", &[Field::Target])],
        );
        check(
            &[file("a", "1"), link("b", "a")],
            &[file("a", "2"), link("b", "a")],
            &[("a", &[Field::Content])],
        );
        check(
            &[file("a", "1"), link("b", "a")],
            &[file("a", "1"), file("b", "2")],
            &[("b", &[Field::Content, Field::Target])],
        );
    }
}
