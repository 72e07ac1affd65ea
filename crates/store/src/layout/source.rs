//! Where images are imported from: a directory, or a tar archive of any compression.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::path_to_string;

use crate::growth::growing;
use crate::images::MAX_DOCUMENT;
use crate::unpack::{Format, MAX_ENTRIES, MAX_UNPACKED, Section, TarKind, TarReader, decompress, sniff};
use crate::{Store, StoreError};

/// A reader and the size of what it reads.
pub(super) type Opened<'a> = (Box<dyn Read + 'a>, u64);

/// Files by their names.
pub(super) enum Source {
    Dir(PathBuf),
    Tar(Members),
}

/// The files of an archive.
pub(super) struct Members {
    path: PathBuf,
    file: Arc<File>,
    /// Offset and size by clean path.
    files: BTreeMap<String, (u64, u64)>,
    /// Links by clean path to clean path.
    links: BTreeMap<String, String>,
}

impl Source {
    pub(super) fn open(store: &Store, path: &Path) -> Result<Self, StoreError> {
        if path.is_dir() {
            return Ok(Self::Dir(path.to_owned()));
        }
        let mut file = File::open(path).map_err(StoreError::io("open", path))?;
        let mut head = [0; 8];
        let count = file.read_at(&mut head, 0).map_err(StoreError::io("read", path))?;
        if sniff(&head[..count]) != Format::Plain {
            file = expand(store, file, path)?;
        }
        let bad = |error: io::Error| StoreError::refused(format!("`{}`", path.display()), error);
        Ok(Self::Tar(Members::list(path, file).map_err(bad)?))
    }

    /// A reader of a file and its size; `None` when it is not there.
    pub(super) fn reader(&self, name: &str) -> Result<Option<Opened<'_>>, StoreError> {
        let opened = self
            .place(name)?
            .map(|(file, offset, size)| (Box::new(Section::new(file, offset, size)) as Box<dyn Read>, size));
        Ok(opened)
    }

    /// The file that has the bytes of a name, where they begin and how many there are; `None` when it is not there.
    pub(super) fn place(&self, name: &str) -> Result<Option<(Arc<File>, u64, u64)>, StoreError> {
        match self {
            Self::Dir(dir) => {
                let path = dir.join(kit::path_below_root(name));
                // To open a pipe would wait for somebody to write.
                if fs::metadata(&path).is_ok_and(|meta| !meta.is_file()) {
                    return Err(StoreError::refused(format!("`{}`", path.display()), "it is no file"));
                }
                let file = match File::open(&path) {
                    Ok(file) => file,
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                    Err(error) => return Err(StoreError::io("open", &path)(error)),
                };
                let size = file.metadata().map_err(StoreError::io("read", &path))?.len();
                Ok(Some((Arc::new(file), 0, size)))
            }
            Self::Tar(members) => {
                Ok(members.find(name).map(|(offset, size)| (members.file.clone(), offset, size)))
            }
        }
    }

    /// The content of a small file; `None` when it is not there.
    pub(super) fn document(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let Some((reader, _)) = self.reader(name)? else { return Ok(None) };
        let (Self::Dir(path) | Self::Tar(Members { path, .. })) = self;
        let bad = |error| StoreError::refused(format!("`{name}` of `{}`", path.display()), error);
        kit::read_bounded(reader, MAX_DOCUMENT).map(Some).map_err(bad)
    }
}

/// Decompresses an archive into a file without a name.
fn expand(store: &Store, file: File, path: &Path) -> Result<File, StoreError> {
    let temporary = store.fresh()?;
    let mut out = File::create_new(&temporary).map_err(StoreError::io("create", &temporary))?;
    let copy = growing(file, decompress)
        .and_then(|reader| io::copy(&mut kit::LimitReader::new(reader, MAX_UNPACKED), &mut out));
    copy.map_err(|error| StoreError::refused(format!("`{}`", path.display()), error))?;
    let opened = File::open(&temporary).map_err(StoreError::io("open", &temporary))?;
    fs::remove_file(&temporary).map_err(StoreError::io("remove", &temporary))?;
    Ok(opened)
}

impl Members {
    fn list(path: &Path, file: File) -> io::Result<Self> {
        let (mut files, mut links) = (BTreeMap::new(), BTreeMap::new());
        let file = Arc::new(file);
        let mut tar = TarReader::new(Section::new(file.clone(), 0, file.metadata()?.len()));
        while let Some(header) = tar.next()? {
            if files.len() + links.len() > MAX_ENTRIES {
                return Err(io::Error::new(
                    io::ErrorKind::FileTooLarge,
                    "it has more than 2,000,000 entries",
                ));
            }
            let name = kit::path_below_root(&path_to_string(&header.path));
            let link = path_to_string(&header.link);
            match header.kind {
                TarKind::File => {
                    files.insert(name, (tar.offset(), header.size));
                }
                TarKind::Hardlink => drop(links.insert(name, kit::path_below_root(&link))),
                // Docker of old links equal layers, relative to the link.
                TarKind::Symlink => {
                    let parent = name.rsplit_once('/').map_or("", |(parent, _)| parent);
                    let target = kit::path_below_root(&format!("{parent}/{link}"));
                    links.insert(name, target);
                }
                _ => {}
            }
        }
        Ok(Self { path: path.to_owned(), file, files, links })
    }

    fn find(&self, name: &str) -> Option<(u64, u64)> {
        let mut name = kit::path_below_root(name);
        for _ in 0..8 {
            if let Some(found) = self.files.get(&name) {
                return Some(*found);
            }
            name.clone_from(self.links.get(&name)?);
        }
        None
    }
}
