//! Where images are imported from: a directory, or a tar archive of any compression.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, Read, Seek, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::path_to_string;
use rustix::fs::{MemfdFlags, memfd_create};

use crate::growth::growing;
use crate::images::MAX_DOCUMENT;
use crate::unpack::{Format, MAX_ENTRIES, MAX_UNPACKED, Section, TarKind, TarReader, decompress, sniff};
use crate::{Store, StoreError};

/// So much of an archive that is decompressed stays in memory.
const MAX_IN_MEMORY: u64 = 16 << 20;

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

/// Decompresses an archive into a file without a name: in memory where it is small, which takes a third of the time.
fn expand(store: &Store, file: File, path: &Path) -> Result<File, StoreError> {
    let bad = |error: io::Error| StoreError::refused(format!("`{}`", path.display()), error);
    let mut plain = kit::LimitReader::new(growing(file, decompress).map_err(bad)?, MAX_UNPACKED);
    // Where files in memory are forbidden, as by `vm.memfd_noexec`, it is one on the disk at once.
    let memory = memfd_create("image", MemfdFlags::CLOEXEC).map(File::from);
    let mut begun = None;
    if let Ok(memory) = memory {
        if pour(&mut plain, &memory, MAX_IN_MEMORY).map_err(bad)? {
            return Ok(memory);
        }
        begun = Some(memory);
    }
    let scratch = store.scratch_file()?;
    if let Some(mut memory) = begun {
        memory.rewind().and_then(|()| io::copy(&mut memory, &mut &scratch)).map_err(bad)?;
    }
    pour(&mut plain, &scratch, u64::MAX).map_err(bad)?;
    Ok(scratch)
}

/// Copies until `most` bytes or a little more are written; whether that was all.
fn pour(from: &mut impl BufRead, mut to: &File, most: u64) -> io::Result<bool> {
    let mut count = 0;
    while count < most {
        let piece = from.fill_buf()?;
        if piece.is_empty() {
            return Ok(true);
        }
        to.write_all(piece)?;
        let length = piece.len();
        from.consume(length);
        count += length as u64;
    }
    Ok(false)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::store;

    #[test]
    fn an_archive_is_expanded_whole_whether_it_fits_in_memory_or_not() {
        let (dir, store) = store();
        let check = |size: u64| {
            let plain: Vec<u8> = (0..size).map(|at| (at / 3).to_le_bytes()[1]).collect();
            let path = dir.path().join("archive");
            fs::write(&path, zstd::bulk::compress(&plain, 1).unwrap()).unwrap();
            let mut found = Vec::new();
            let mut file = expand(&store, File::open(&path).unwrap(), &path).unwrap();
            file.rewind().and_then(|()| file.read_to_end(&mut found)).unwrap();
            assert!(found == plain, "{size}");
        };
        [0, 1_000, MAX_IN_MEMORY, MAX_IN_MEMORY + 200_000].into_iter().for_each(check);
    }
}
