//! Where images are imported from: a directory, or a tar archive of any compression.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kit::Bytes;

use super::members::{Members, stamp};
use crate::images::MAX_DOCUMENT;
use crate::unpack::Section;
use crate::{Store, StoreError};

/// A reader and the size of what it reads.
pub(super) type Opened<'a> = (Box<dyn Read + 'a>, u64);

/// Files by their names.
pub(super) enum Source {
    Dir(PathBuf),
    Tar(Members),
}

impl Source {
    pub(super) fn open(store: &Store, path: &Path) -> Result<Self, StoreError> {
        if path.is_dir() {
            return Ok(Self::Dir(path.to_owned()));
        }
        Members::open(store, path).map(Self::Tar)
    }

    /// A reader of a file and its size; `None` when it is not there.
    pub(super) fn reader(&self, name: &str) -> Result<Option<Opened<'_>>, StoreError> {
        let opened = self
            .place(name)?
            .map(|(file, offset, size)| (Box::new(Section::new(file, offset, size)) as Box<dyn Read>, size));
        Ok(opened)
    }

    /// The file that has the bytes of a name, where they begin and how many there are; `None` when it is not there.
    pub(super) fn place(&self, name: &str) -> Result<Option<(Arc<Bytes>, u64, u64)>, StoreError> {
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
                Ok(Some((Arc::new(file.into()), 0, size)))
            }
            Self::Tar(members) => members.place(name),
        }
    }

    /// What changes when the bytes of a name do, as far as the file system can tell; `None` when it is not there.
    pub(super) fn stamp(&self, name: &str) -> Result<Option<String>, StoreError> {
        match self {
            Self::Dir(dir) => {
                let path = dir.join(kit::path_below_root(name));
                match fs::metadata(&path) {
                    Ok(meta) => Ok(Some(stamp(&meta))),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(StoreError::io("read", &path)(error)),
                }
            }
            Self::Tar(members) => Ok(members.stamp(name)),
        }
    }

    /// The content of a small file; `None` when it is not there.
    pub(super) fn document(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let (Self::Dir(path) | Self::Tar(Members { path, .. })) = self;
        if let Self::Tar(members) = self
            && let Some(text) = members.noted(name)
        {
            return Ok(Some(text.as_bytes().to_vec()));
        }
        let Some((reader, _)) = self.reader(name)? else { return Ok(None) };
        let bad = |error| StoreError::refused(format!("`{name}` of `{}`", path.display()), error);
        kit::read_bounded(reader, MAX_DOCUMENT).map(Some).map_err(bad)
    }
}
