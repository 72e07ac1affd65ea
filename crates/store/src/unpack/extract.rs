//! Writes the entries of an archive to a directory and can leave it in no way (invariant I5).
//!
//! The directory is new and nobody else writes to it, so what has been unpacked is known from memory. Paths are
//! resolved there: symbolic links in the middle of a path are followed within the root. The path that the kernel
//! gets runs through no symbolic link, and for regular files the kernel is told to insist on that.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use image::{Entry, EntryKind, path_to_string};
use kit::Hasher;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, ResolveFlags, XattrFlags};
use rustix::io::Errno;

use super::{Failure, MAX_ENTRIES, TarHeader, TarKind};
use crate::meta::{self, as_path};
use crate::{Flavor, StoreError};

const OPAQUE: &[u8] = b".wh..wh..opq";
const WHITEOUT: &[u8] = b".wh.";
/// Names that the aufs driver of old left in layers.
const AUFS: &[u8] = b".wh..wh.";

const MAX_LINKS: usize = 40;
const CHUNK: usize = 256 << 10;

/// An entry with the number that names of the same file share.
pub(crate) type Numbered = (Entry, Option<u64>);

struct Node {
    entry: Entry,
    /// Names of the same file share this number.
    file: Option<u64>,
}

/// An archive on its way to a directory.
pub(crate) struct Extract {
    root: OwnedFd,
    path: PathBuf,
    layer: Option<Flavor>,
    nodes: BTreeMap<Vec<u8>, Node>,
    files: u64,
    count: usize,
    reduced: u64,
    owner: (u32, u32),
    buffer: Vec<u8>,
}

impl Extract {
    /// Unpacks to `target`, which exists. `layer` says that the archive is a layer with whiteouts.
    pub(crate) fn new(target: &Path, layer: Option<Flavor>) -> Result<Self, StoreError> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::open(target, flags, Mode::empty()).map_err(StoreError::os("open", target))?;
        let process = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        Ok(Self {
            root,
            path: target.to_owned(),
            layer,
            nodes: BTreeMap::new(),
            files: 0,
            count: 0,
            reduced: 0,
            owner: process,
            buffer: vec![0; CHUNK],
        })
    }

    /// Unpacks one entry, whose content `content` passes.
    pub(crate) fn entry(&mut self, header: TarHeader, content: &mut dyn Read) -> Result<(), Failure> {
        self.count += 1;
        if self.count > MAX_ENTRIES {
            return Err(bad("it has more than 2,000,000 entries"));
        }
        let path = clean(&header.path)?;
        let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        if self.layer.is_some() && name.starts_with(WHITEOUT) {
            return self.mark(&path);
        }
        let path = self.place(&path)?;
        if header.kind == TarKind::Hardlink {
            return self.hardlink(&path, &header.link);
        }
        let mut entry = entry_of(&path, header);
        // Some writers begin with an empty file without a name; other readers pass over it, too.
        if path.is_empty() && entry.kind == EntryKind::File && entry.size == 0 {
            return Ok(());
        }
        if !self.make_room(&mut entry)? {
            self.keep_dir(entry);
            return Ok(());
        }
        let file = (entry.kind == EntryKind::File).then(|| {
            self.files += 1;
            self.files
        });
        match entry.kind {
            EntryKind::File => self.file(&mut entry, content)?,
            EntryKind::Dir | EntryKind::OpaqueDir => self.dir(&entry)?,
            _ => self.special(&entry)?,
        }
        self.nodes.insert(path, Node { entry, file });
        Ok(())
    }

    /// Where an entry goes: its parents with symbolic links followed and missing ones made.
    fn place(&mut self, path: &[u8]) -> Result<Vec<u8>, Failure> {
        let Some(at) = path.iter().rposition(|byte| *byte == b'/') else { return Ok(path.to_vec()) };
        let parent = self.parent(&path[..at])?;
        Ok(join(&parent, &path[at + 1..]))
    }

    fn parent(&mut self, path: &[u8]) -> Result<Vec<u8>, Failure> {
        let mut rest: Vec<Vec<u8>> = parts(path).rev().collect();
        let (mut done, mut links) = (Vec::new(), 0);
        while let Some(part) = rest.pop() {
            if part == b".." {
                done.truncate(done.iter().rposition(|byte| *byte == b'/').unwrap_or(0));
                continue;
            }
            let next = join(&done, &part);
            match self.nodes.get(&next).map(|node| &node.entry) {
                Some(entry) if entry.kind.is_dir() => done = next,
                Some(entry) if entry.kind == EntryKind::Symlink => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Err(refuse(path, "it runs through a loop of symbolic links"));
                    }
                    if entry.link.starts_with(b"/") {
                        done.clear();
                    }
                    rest.extend(parts(&entry.link).rev());
                }
                Some(entry) if entry.kind != EntryKind::Whiteout => {
                    return Err(refuse(path, "it runs through something that is not a directory"));
                }
                _ => {
                    self.implied(&next)?;
                    done = next;
                }
            }
        }
        Ok(done)
    }

    /// Makes a directory that the archive has no entry for.
    fn implied(&mut self, path: &[u8]) -> Result<(), Failure> {
        // In a layer such a directory hides the metadata of one below it in the stack; these are never plain.
        let mode = match path {
            b"tmp" | b"var/tmp" if self.layer.is_some() => 0o1777,
            b"root" if self.layer.is_some() => 0o700,
            _ => 0o755,
        };
        let mut entry = Entry::new(path, EntryKind::Dir, mode);
        entry.undated = self.layer.is_none();
        self.make_room(&mut entry)?;
        self.dir(&entry)?;
        self.nodes.insert(path.to_vec(), Node { entry, file: None });
        Ok(())
    }

    /// Makes way for an entry: what an earlier one of the same path made is removed. False when both are
    /// directories and the earlier one stays.
    fn make_room(&mut self, entry: &mut Entry) -> Result<bool, Failure> {
        if entry.path.is_empty() {
            return if entry.kind == EntryKind::Dir {
                Ok(false)
            } else {
                Err(bad("its root is not a directory"))
            };
        }
        let Some(node) = self.nodes.get(&entry.path) else { return Ok(true) };
        let before = node.entry.kind;
        if before.is_dir() && entry.kind == EntryKind::Dir {
            return Ok(false);
        }
        let path = self.host(&entry.path);
        if before.is_dir() {
            fs::remove_dir_all(&path).map_err(StoreError::io("replace", &path))?;
            let prefix = join(&entry.path, b"");
            self.nodes.retain(|known, _| !known.starts_with(&prefix));
        } else if fs::symlink_metadata(&path).is_ok() {
            fs::remove_file(&path).map_err(StoreError::io("replace", &path))?;
        }
        self.nodes.remove(&entry.path);
        if before == EntryKind::Whiteout && entry.kind == EntryKind::Dir {
            entry.kind = EntryKind::OpaqueDir;
        }
        Ok(true)
    }

    /// A second entry for a directory only changes its metadata.
    fn keep_dir(&mut self, mut entry: Entry) {
        if let Some(node) = self.nodes.get(&entry.path) {
            entry.kind = node.entry.kind;
        }
        self.nodes.insert(entry.path.clone(), Node { entry, file: None });
    }

    fn file(&mut self, entry: &mut Entry, content: &mut dyn Read) -> Result<(), Failure> {
        let host = self.host(&entry.path);
        let what = StoreError::io("create", &host);
        let mut file = File::from(self.open(&entry.path).map_err(|error| what(error.into()))?);
        let mut hasher = Hasher::new();
        let mut left = entry.size;
        while left > 0 {
            let count = content.read(&mut self.buffer)?;
            if count == 0 {
                return Err(Failure::Input(io::ErrorKind::UnexpectedEof.into()));
            }
            let chunk = &self.buffer[..count];
            hasher.update(chunk);
            file.write_all(chunk).map_err(StoreError::io("write", &self.path.join(as_path(&entry.path))))?;
            left = left.saturating_sub(count as u64);
        }
        entry.digest = Some(hasher.finish());
        let whole = self.file_metadata(&file, entry);
        let whole = whole.map_err(StoreError::io("set the metadata of", &self.host(&entry.path)))?;
        self.reduced += u64::from(!whole);
        Ok(())
    }

    fn file_metadata(&self, file: &File, entry: &Entry) -> io::Result<bool> {
        let mut whole = true;
        if (entry.uid, entry.gid) != self.owner {
            whole = meta::tolerate(rustix::fs::fchown(file, meta::uid(entry.uid), meta::gid(entry.gid)))?;
        }
        rustix::fs::fchmod(file, Mode::from_raw_mode(entry.mode))?;
        for (name, value) in &entry.xattrs {
            whole &=
                meta::tolerate(rustix::fs::fsetxattr(file, name.as_slice(), value, XattrFlags::empty()))?;
        }
        rustix::fs::futimens(file, &meta::times(entry.mtime))?;
        Ok(whole)
    }

    fn open(&self, path: &[u8]) -> Result<OwnedFd, Errno> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(0o600);
        let inside = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
        match rustix::fs::openat2(&self.root, path, flags, mode, inside) {
            // A container's filter may not know the call; what is known from memory still holds.
            Err(Errno::NOSYS | Errno::PERM) => rustix::fs::openat(&self.root, path, flags, mode),
            other => other,
        }
    }

    fn dir(&mut self, entry: &Entry) -> Result<(), Failure> {
        let made = rustix::fs::mkdirat(&self.root, entry.path.as_slice(), Mode::from_raw_mode(0o755));
        made.map_err(StoreError::os("create", &self.host(&entry.path)))?;
        if entry.kind == EntryKind::OpaqueDir {
            self.opaque(&entry.path)?;
        }
        Ok(())
    }

    fn opaque(&self, path: &[u8]) -> Result<(), Failure> {
        let Some(flavor) = self.layer else { return Ok(()) };
        let host = self.host(path);
        Ok(meta::set_opaque(&host, flavor).map_err(StoreError::io("make opaque", &host))?)
    }

    fn special(&mut self, entry: &Entry) -> Result<(), Failure> {
        if entry.kind == EntryKind::CharDevice && entry.rdev == (0, 0) {
            // Overlayfs would take it for a whiteout.
            self.reduced += 1;
            return Ok(());
        }
        let kind = match entry.kind {
            EntryKind::Symlink => None,
            EntryKind::BlockDevice => Some(FileType::BlockDevice),
            EntryKind::Fifo => Some(FileType::Fifo),
            _ => Some(FileType::CharacterDevice),
        };
        let path = entry.path.as_slice();
        let made = match kind {
            None => rustix::fs::symlinkat(entry.link.as_slice(), &self.root, path),
            Some(kind) => {
                let rdev = rustix::fs::makedev(entry.rdev.0, entry.rdev.1);
                rustix::fs::mknodat(&self.root, path, kind, Mode::from_raw_mode(0o600), rdev)
            }
        };
        let is_device = matches!(entry.kind, EntryKind::CharDevice | EntryKind::BlockDevice);
        // A user namespace may make no device but the whiteout.
        if is_device && made == Err(Errno::PERM) {
            self.reduced += 1;
            return Ok(());
        }
        made.map_err(StoreError::os("create", &self.host(path)))?;
        if entry.kind != EntryKind::Whiteout {
            self.apply(entry)?;
        }
        Ok(())
    }

    fn apply(&mut self, entry: &Entry) -> Result<(), Failure> {
        let host = self.host(&entry.path);
        let whole = meta::apply(&host, entry).map_err(StoreError::io("set the metadata of", &host))?;
        self.reduced += u64::from(!whole);
        Ok(())
    }

    fn hardlink(&mut self, path: &[u8], target: &[u8]) -> Result<(), Failure> {
        let target = self.place(&clean(target)?)?;
        let missing = || refuse(path, "its hard link target is not in the archive before it");
        let node = self.nodes.get(&target).ok_or_else(missing)?;
        if node.entry.kind.is_dir() || node.entry.kind == EntryKind::Whiteout {
            return Err(missing());
        }
        if target == path {
            return Ok(());
        }
        let (mut entry, mut file) = (Entry { path: path.to_vec(), ..node.entry.clone() }, node.file);
        if file.is_none() {
            // Other kinds than regular files become linked names when a second one appears.
            self.files += 1;
            file = Some(self.files);
            if let Some(node) = self.nodes.get_mut(&target) {
                node.file = file;
            }
        }
        self.make_room(&mut entry)?;
        if !self.nodes.contains_key(&target) {
            return Err(refuse(path, "it replaces the target of its own hard link"));
        }
        let made = rustix::fs::linkat(&self.root, target.as_slice(), &self.root, path, AtFlags::empty());
        let is_device = matches!(entry.kind, EntryKind::CharDevice | EntryKind::BlockDevice);
        match made {
            // The target is a device that could not be made.
            Err(Errno::NOENT) if is_device => self.reduced += 1,
            other => other.map_err(StoreError::os("create the hard link", &self.host(path)))?,
        }
        self.nodes.insert(path.to_vec(), Node { entry, file });
        Ok(())
    }

    /// An entry that says what the layer takes away (OCI image-spec, "Whiteouts").
    fn mark(&mut self, path: &[u8]) -> Result<(), Failure> {
        let (parent, name) = match path.iter().rposition(|byte| *byte == b'/') {
            Some(at) => (self.parent(&path[..at])?, &path[at + 1..]),
            None => (Vec::new(), path),
        };
        if name == OPAQUE {
            if let Some(node) = self.nodes.get_mut(&parent) {
                node.entry.kind = EntryKind::OpaqueDir;
            }
            return self.opaque(&parent);
        }
        let hidden = &name[WHITEOUT.len()..];
        if name.starts_with(AUFS) || hidden.is_empty() {
            return Ok(());
        }
        if matches!(hidden, b"." | b"..") {
            return Err(refuse(path, "it is a whiteout of nothing"));
        }
        let target = join(&parent, hidden);
        match self.nodes.get_mut(&target) {
            // A whiteout speaks of lower layers only: what this layer has itself stays.
            Some(node) if node.entry.kind == EntryKind::Dir => {
                node.entry.kind = EntryKind::OpaqueDir;
                self.opaque(&target)
            }
            Some(_) => Ok(()),
            None => {
                let entry = Entry::new(target.clone(), EntryKind::Whiteout, 0);
                self.special(&entry)?;
                self.nodes.insert(target, Node { entry, file: None });
                Ok(())
            }
        }
    }

    fn host(&self, path: &[u8]) -> PathBuf {
        self.path.join(as_path(path))
    }

    /// Gives directories their metadata, deepest first, so that no change below touches a time again. The
    /// entries with the number that names of the same file share, and how many entries are reduced.
    pub(crate) fn finish(mut self) -> Result<(Vec<Numbered>, u64), Failure> {
        let nodes = std::mem::take(&mut self.nodes);
        for node in nodes.values().rev().filter(|node| node.entry.kind.is_dir()) {
            self.apply(&node.entry)?;
        }
        Ok((nodes.into_values().map(|node| (node.entry, node.file)).collect(), self.reduced))
    }
}

fn entry_of(path: &[u8], header: TarHeader) -> Entry {
    let kind = match header.kind {
        TarKind::File => EntryKind::File,
        TarKind::Hardlink => EntryKind::Hardlink,
        TarKind::Symlink => EntryKind::Symlink,
        TarKind::Char => EntryKind::CharDevice,
        TarKind::Block => EntryKind::BlockDevice,
        TarKind::Dir => EntryKind::Dir,
        TarKind::Fifo => EntryKind::Fifo,
    };
    let mut entry = Entry::new(path, kind, if kind == EntryKind::Symlink { 0o777 } else { header.mode });
    (entry.uid, entry.gid, entry.mtime) = (header.uid, header.gid, header.mtime);
    (entry.size, entry.rdev) = (header.size, header.rdev);
    entry.xattrs = header.xattrs.into_iter().filter(|(name, _)| meta::belongs(name)).collect();
    if kind == EntryKind::Symlink {
        entry.link = header.link;
    }
    entry
}

/// A path of an archive below the root: absolute ones are made relative, and one that leads out is refused.
fn clean(path: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut out: Vec<Vec<u8>> = Vec::new();
    for part in parts(path) {
        if part == b".." {
            out.pop().ok_or_else(|| refuse(path, "it leads out of the archive"))?;
        } else {
            out.push(part);
        }
    }
    Ok(out.join(&b'/'))
}

fn parts(path: &[u8]) -> impl DoubleEndedIterator<Item = Vec<u8>> {
    path.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".").map(<[u8]>::to_vec)
}

fn join(dir: &[u8], name: &[u8]) -> Vec<u8> {
    if dir.is_empty() { name.to_vec() } else { [dir, b"/", name].concat() }
}

fn bad(why: &str) -> Failure {
    Failure::Input(io::Error::new(io::ErrorKind::InvalidData, why))
}

fn refuse(path: &[u8], why: &str) -> Failure {
    bad(&format!("`{}`: {why}", path_to_string(path)))
}
