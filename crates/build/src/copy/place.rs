//! Puts picked entries on top of a file system: the semantics of COPY, on the index alone; and then writes the
//! layer's directory.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use image::{Chmod, Entry, EntryKind, path_to_string};
use store::Merged;

use super::archive;
use super::origins::{Origins, PlacedFrom};
use super::{Content, Owner, Picked, Role};
use crate::BuildError;

const MAX_LINKS: usize = 40;
/// From this many entries on a layer's directories are put in different parts of the file system, so that no part
/// has to take, and later give back, all of its files.
const LARGE: usize = 1_000;
/// Down to how many names that is done: what lies in one of the directories below belongs together.
const SPREAD_DEPTH: usize = 3;

/// What a layer will hold, while it is put together.
pub(crate) struct Placer<'a> {
    lower: &'a Merged,
    owner: Option<Owner>,
    chmod: Option<Chmod>,
    out: BTreeMap<Vec<u8>, (Entry, Content)>,
    /// Time of what is new, in seconds since 1970.
    now: i64,
    /// Archives unpacked so far; each has a directory of its own.
    archives: usize,
    /// Where what is placed was before.
    origins: Origins,
}

impl<'a> Placer<'a> {
    /// An empty layer on `lower`, made at `now` (seconds since 1970). `owner` and `chmod` change what is placed.
    pub(crate) fn new(lower: &'a Merged, now: i64, owner: Option<Owner>, chmod: Option<Chmod>) -> Self {
        Self { lower, owner, chmod, out: BTreeMap::new(), now, archives: 0, origins: Origins::default() }
    }

    /// Places everything that a COPY picked at `dest`, which ends with `/` when it has to be a directory.
    pub(crate) fn place(
        &mut self,
        dest: &str,
        picked: &[Picked],
        work: &store::Work,
    ) -> Result<(), BuildError> {
        let base = self.lower_path(dest).map_err(BuildError::new)?;
        let mut placed: Vec<Vec<u8>> = Vec::with_capacity(picked.len());
        for item in picked {
            if item.unpack && item.role == Role::Source && archive::is_archive(&item.content)? {
                self.unpack(&base, item, work)?;
                placed.push(Vec::new());
                continue;
            }
            // Each source finds what those before it have left at the target.
            let into_dir = item.role != Role::Source || dest.ends_with('/') || self.is_dir(&base);
            let path = if into_dir { join(&base, &item.to) } else { base.clone() };
            let content = match item.same_as.and_then(|at| placed.get(at)) {
                Some(first) => Content::SameAs(first.clone()),
                None => item.content.clone(),
            };
            self.put(&path, item, content).map_err(BuildError::new)?;
            self.origins.placed(&path, item);
            if item.role == Role::Source {
                self.touch_parent(&path);
            }
            placed.push(path);
        }
        Ok(())
    }

    fn unpack(&mut self, base: &[u8], item: &Picked, work: &store::Work) -> Result<(), BuildError> {
        // What an archive says of modes counts, and so it does for what it is unpacked to.
        let chmod = self.chmod.take();
        let done = self.unpack_entries(base, item, work);
        self.chmod = chmod;
        done
    }

    fn unpack_entries(&mut self, base: &[u8], item: &Picked, work: &store::Work) -> Result<(), BuildError> {
        self.ensure_dir(base).map_err(BuildError::new)?;
        self.archives += 1;
        let unpacked = work.extra().join(format!("archive{}", self.archives));
        let mut dated = BTreeSet::new();
        for mut entry in archive::unpack(&item.content, &unpacked)? {
            let inner = entry.path.clone();
            if inner.is_empty() {
                continue;
            }
            let path = self.through_links(&join(base, &inner), false).map_err(BuildError::new)?;
            if entry.undated {
                // A directory that the archive does not name itself may be a link here.
                let followed = self.through_links(&path, true).map_err(BuildError::new)?;
                if self.is_dir(&followed) {
                    continue;
                }
                entry.mtime = self.now;
            }
            let source = unpacked.join(std::ffi::OsStr::from_bytes(&inner));
            let content = match entry.kind {
                EntryKind::File => Content::Host(source),
                EntryKind::Hardlink => {
                    let first = self.through_links(&join(base, &entry.link), false);
                    Content::SameAs(first.map_err(BuildError::new)?)
                }
                _ => Content::None,
            };
            self.make_way(&path, entry.kind);
            if entry.kind.is_dir() && !entry.undated {
                dated.insert(path.clone());
            }
            self.put_entry(&path, entry, content).map_err(BuildError::new)?;
            self.origins.unpacked(&path, item, &inner);
            if !dated.contains(parent(&path)) {
                self.touch_parent(&path);
            }
        }
        Ok(())
    }

    /// Where everything that the layer will hold was before.
    pub(crate) fn origins(&self) -> lineage::Rules<PlacedFrom> {
        self.origins.rules(self.out.keys())
    }

    /// An archive may put a file where a directory was, and the other way round, as `tar -x` does.
    fn make_way(&mut self, path: &[u8], kind: EntryKind) {
        if !kind.is_dir() && self.is_dir(path) {
            let below = join(path, b"");
            let gone: Vec<Vec<u8>> = self
                .out
                .keys()
                .filter(|key| key.starts_with(&[&below[..], b"/"].concat()))
                .cloned()
                .collect();
            for key in &gone {
                self.out.remove(key);
            }
        }
        if kind.is_dir() != self.is_dir(path) {
            // What stands there for the rest of the placing; the entry itself follows at once.
            self.out.insert(path.to_vec(), (Entry::new(path, kind, 0), Content::None));
        }
    }

    /// A path of an archive with the symbolic links of its directories followed within the root, and with `last`
    /// that at its end, too.
    fn through_links(&self, path: &[u8], last: bool) -> Result<Vec<u8>, String> {
        let mut rest: Vec<Vec<u8>> = split(path).rev().collect();
        let mut done: Vec<u8> = Vec::new();
        let mut links = 0;
        while let Some(part) = rest.pop() {
            if part == b".." {
                done.truncate(done.iter().rposition(|byte| *byte == b'/').unwrap_or(0));
                continue;
            }
            let candidate = join(&done, &part);
            match self.existing(&candidate) {
                Some(entry) if entry.kind == EntryKind::Symlink && (last || !rest.is_empty()) => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Err(format!(
                            "`/{}` runs through a loop of symbolic links",
                            path_to_string(path)
                        ));
                    }
                    if entry.link.starts_with(b"/") {
                        done.clear();
                    }
                    rest.extend(split(&entry.link).rev());
                }
                _ => done = candidate,
            }
        }
        Ok(done)
    }

    /// Whether a directory is there.
    pub(crate) fn has_dir(&self, path: &str) -> Result<bool, String> {
        Ok(self.is_dir(&self.lower_path(path)?))
    }

    /// Makes a directory and those of its parents that are not there; they belong to `owner`.
    pub(crate) fn make_dir(&mut self, path: &str, owner: &Owner) -> Result<(), String> {
        let path = self.lower_path(path)?;
        self.owner = Some(owner.clone());
        self.ensure_dir(&path)
    }

    /// A target below the root, symbolic links of the file system followed.
    fn lower_path(&self, path: &str) -> Result<Vec<u8>, String> {
        self.lower
            .resolve_or_new(path.as_bytes())
            .ok_or_else(|| format!("`{path}` runs through a loop of symbolic links"))
    }

    fn existing(&self, path: &[u8]) -> Option<&Entry> {
        self.out.get(path).map(|(entry, _)| entry).or_else(|| self.lower.get(path))
    }

    fn is_dir(&self, path: &[u8]) -> bool {
        path.is_empty() || self.existing(path).is_some_and(|entry| entry.kind.is_dir())
    }

    fn put(&mut self, path: &[u8], item: &Picked, content: Content) -> Result<(), String> {
        match item.role {
            Role::Target => return self.put_target(path, &item.entry),
            Role::Way if self.is_dir(path) => return self.pass_through(path, &item.entry),
            _ => {}
        }
        let mut entry = item.entry.clone();
        if item.role == Role::Way {
            (entry.mtime, entry.undated) = (self.now, true);
        }
        if let Some(chmod) = &self.chmod
            && entry.kind != EntryKind::Symlink
        {
            entry.mode = chmod.apply(entry.mode, entry.kind.is_dir());
        }
        self.put_entry(path, entry, content)
    }

    /// The target directory itself keeps what it has but for its time; below it, what is copied wins.
    fn put_target(&mut self, path: &[u8], source: &Entry) -> Result<(), String> {
        self.ensure_dir(path)?;
        // The root of a context or stage has no time of its own.
        if let Some((entry, _)) = self.out.get_mut(path).filter(|_| !source.path.is_empty()) {
            (entry.mtime, entry.undated) = (source.mtime, source.undated);
        }
        Ok(())
    }

    /// A directory that is only on the way to what is copied takes the mode and keeps its owner.
    fn pass_through(&mut self, path: &[u8], source: &Entry) -> Result<(), String> {
        self.ensure_dir(path)?;
        if let Some((entry, _)) = self.out.get_mut(path) {
            (entry.mode, entry.mtime, entry.undated) = (source.mode, self.now, true);
        }
        Ok(())
    }

    fn put_entry(&mut self, path: &[u8], mut entry: Entry, content: Content) -> Result<(), String> {
        self.ensure_parents(path)?;
        let existing_dir = self.existing(path).map(|existing| existing.kind.is_dir());
        let name = || path_to_string(path);
        match (entry.kind.is_dir(), existing_dir) {
            (true, Some(false)) => {
                return Err(format!("cannot copy a directory onto `/{}`, which is none", name()));
            }
            (false, Some(true)) => {
                return Err(format!("cannot replace the directory `/{}` with a file", name()));
            }
            _ => {}
        }
        if path.is_empty() {
            return Ok(());
        }
        entry.path = path.to_vec();
        if matches!(content, Content::Bytes(_)) {
            (entry.mtime, entry.undated) = (self.now, true);
        }
        if let Some(owner) = &self.owner {
            (entry.uid, entry.gid) = (owner.uid, owner.gid);
        }
        let content = self.own_copy_if_changed(content);
        if let Content::SameAs(first) = &content {
            entry.kind = EntryKind::Hardlink;
            entry.link.clone_from(first);
            entry.digest = None;
            entry.size = 0;
        }
        self.out.insert(path.to_vec(), (entry, content));
        Ok(())
    }

    /// A file whose owner or mode is changed cannot be the same file as that of another layer.
    fn own_copy_if_changed(&self, content: Content) -> Content {
        match content {
            Content::Layer(path) if self.owner.is_some() || self.chmod.is_some() => Content::Host(path),
            content => content,
        }
    }

    fn ensure_parents(&mut self, path: &[u8]) -> Result<(), String> {
        self.ensure_dir(parent(path))
    }

    /// Makes sure that the layer holds a directory, as it is below or new, and its parents.
    fn ensure_dir(&mut self, path: &[u8]) -> Result<(), String> {
        if path.is_empty() {
            return Ok(());
        }
        self.ensure_parents(path)?;
        if let Some((entry, _)) = self.out.get(path) {
            if !entry.kind.is_dir() {
                return Err(format!("`/{}` is not a directory", path_to_string(path)));
            }
            return Ok(());
        }
        let entry = match self.lower.get(path) {
            Some(below) if below.kind.is_dir() => Entry { kind: EntryKind::Dir, ..below.clone() },
            Some(_) => return Err(format!("`/{}` is not a directory", path_to_string(path))),
            None => {
                self.touch_parent(path);
                self.new_dir(path)
            }
        };
        self.out.insert(path.to_vec(), (entry, Content::None));
        Ok(())
    }

    /// A directory that gets an entry is changed now.
    fn touch_parent(&mut self, path: &[u8]) {
        if let Some((entry, _)) = self.out.get_mut(parent(path)) {
            (entry.mtime, entry.undated) = (self.now, true);
        }
    }

    fn new_dir(&self, path: &[u8]) -> Entry {
        // An octal mode counts for directories on the way, too, with a umask and without special bits. Symbols say
        // how a mode changes, and here is none that could.
        let mode = match self.chmod {
            Some(Chmod::Octal(mode)) => mode & 0o755,
            _ => 0o755,
        };
        let mut entry = Entry::new(path, EntryKind::Dir, mode);
        (entry.mtime, entry.undated) = (self.now, true);
        if let Some(owner) = &self.owner {
            (entry.uid, entry.gid) = (owner.uid, owner.gid);
        }
        entry
    }

    /// Writes the layer's directory; its entries.
    pub(crate) fn write(self, root: &Path) -> Result<Vec<Entry>, BuildError> {
        if let Some(below) = self.lower.get(b"") {
            store::apply_metadata(root, below)?;
        }
        let host = |path: &[u8]| root.join(std::ffi::OsStr::from_bytes(path));
        let is_large = self.out.len() > LARGE;
        if is_large {
            store::spread(root);
        }
        for path in self.out.iter().filter(|(_, (entry, _))| entry.kind.is_dir()).map(|(path, _)| path) {
            fs::create_dir(host(path))?;
            if is_large && path.split(|byte| *byte == b'/').count() <= SPREAD_DEPTH {
                store::spread(&host(path));
            }
        }
        let others: Vec<_> = self.out.values().filter(|(entry, _)| !entry.kind.is_dir()).collect();
        let (links, files): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|(entry, _)| entry.kind == EntryKind::Hardlink);
        crate::parallel::map(&files, |(entry, content)| write_file(&host(&entry.path), entry, content))?;
        for (entry, _) in links {
            fs::hard_link(host(&entry.link), host(&entry.path))?;
        }
        // Deepest first, so that no change below touches a directory's time again.
        for (path, (entry, _)) in self.out.iter().rev().filter(|(_, (entry, _))| entry.kind.is_dir()) {
            store::apply_metadata(&host(path), entry)?;
        }
        Ok(self.out.into_values().map(|(entry, _)| entry).collect())
    }
}

fn write_file(path: &Path, entry: &Entry, content: &Content) -> Result<(), BuildError> {
    match content {
        // A hard link would show: steps on the layer that is copied from would see a file with one link more, which some
        // programs refuse (gzip does).
        Content::Host(source) | Content::Layer(source) => store::copy_file(source, path)?,
        Content::Bytes(bytes) => fs::write(path, bytes)?,
        Content::None | Content::SameAs(_) => store::make_special(path, entry)?,
    }
    Ok(store::apply_metadata(path, entry)?)
}

fn split(path: &[u8]) -> impl DoubleEndedIterator<Item = Vec<u8>> + '_ {
    path.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".").map(<[u8]>::to_vec)
}

fn parent(path: &[u8]) -> &[u8] {
    path.iter().rposition(|byte| *byte == b'/').map_or(&path[..0], |at| &path[..at])
}

fn join(base: &[u8], to: &[u8]) -> Vec<u8> {
    match (base.is_empty(), to.is_empty()) {
        (_, true) => base.to_vec(),
        (true, false) => to.to_vec(),
        (false, false) => [base, b"/", to].concat(),
    }
}
