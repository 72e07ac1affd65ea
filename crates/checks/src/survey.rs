//! What is in a layer: paths, modes and sizes, and the contents of the few small files that checks read.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;

use image::{EntryKind, path_to_string};
use store::{Layer, LayerTar, TarKind};

/// Files that are kept: their paths.
const KEPT: &[&str] = &["etc/passwd", "etc/group", "etc/shadow"];
/// Larger ones are not.
const MAX_KEPT: u64 = 256 << 10;
/// More entries are an error.
const MAX_ENTRIES: usize = 4_000_000;

/// What is in a layer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// Its entries in their order.
    pub entries: Vec<Entry>,
    /// Contents of a few files.
    pub texts: BTreeMap<String, String>,
}

/// An entry of a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Path from the root without a leading `/`.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// Permission bits, `0o7777`.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Bytes of content.
    pub size: u64,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A directory.
    Dir,
    /// A symbolic link, another name, a device.
    Other,
    /// What is below at this path is not there.
    Gone,
    /// What is below in this directory is not there.
    Opaque,
}

/// Lists the tar of a layer.
pub fn of_tar(tar: &mut LayerTar) -> io::Result<Survey> {
    let mut survey = Survey::default();
    while let Some(header) = tar.next()? {
        let path = kit::path_below_root(&path_to_string(&header.path)).trim_matches('/').to_owned();
        if path.is_empty() {
            continue;
        }
        let (dir, name) = path.rsplit_once('/').unwrap_or(("", &path));
        let (path, kind) = match (name.strip_prefix(".wh."), header.kind) {
            (Some(".wh..opq"), _) => (dir.to_owned(), Kind::Opaque),
            (Some(gone), _) if dir.is_empty() => (gone.to_owned(), Kind::Gone),
            (Some(gone), _) => (format!("{dir}/{gone}"), Kind::Gone),
            (None, TarKind::File) => (path, Kind::File),
            (None, TarKind::Dir) => (path, Kind::Dir),
            (None, _) => (path, Kind::Other),
        };
        if kind == Kind::File && KEPT.contains(&path.as_str()) && header.size <= MAX_KEPT {
            let mut bytes = Vec::new();
            tar.read_to_end(&mut bytes)?;
            survey.texts.insert(path.clone(), String::from_utf8_lossy(&bytes).into_owned());
        }
        let size = if kind == Kind::File { header.size } else { 0 };
        survey.push(Entry { path, kind, mode: header.mode, uid: header.uid, size })?;
    }
    Ok(survey)
}

/// Lists a layer that is unpacked.
pub fn of_layer(layer: &Layer) -> io::Result<Survey> {
    let index = layer.index().map_err(io::Error::other)?;
    let mut survey = Survey::default();
    for entry in index.entries() {
        let path = path_to_string(&entry.path);
        let kind = match entry.kind {
            EntryKind::File => Kind::File,
            EntryKind::Dir => Kind::Dir,
            EntryKind::OpaqueDir => Kind::Opaque,
            EntryKind::Whiteout => Kind::Gone,
            _ => Kind::Other,
        };
        if kind == Kind::File && KEPT.contains(&path.as_str()) && entry.size <= MAX_KEPT {
            let file = std::fs::File::open(layer.fs_path().join(Path::new(&path)))?;
            let bytes = kit::read_bounded(file, MAX_KEPT)?;
            survey.texts.insert(path.clone(), String::from_utf8_lossy(&bytes).into_owned());
        }
        let size = if kind == Kind::File { entry.size } else { 0 };
        survey.push(Entry { path, kind, mode: entry.mode, uid: entry.uid, size })?;
    }
    Ok(survey)
}

impl Survey {
    fn push(&mut self, entry: Entry) -> io::Result<()> {
        if self.entries.len() >= MAX_ENTRIES {
            let text = format!("it has more than {MAX_ENTRIES} entries");
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
        }
        self.entries.push(entry);
        Ok(())
    }
}
